from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def leave_none(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Runs no longer note on each link that they looked at it, so it needs no room beside it."""
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('ALTER TABLE store_link RESET (fillfactor)')


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0017_near_real_time'),
    ]

    operations = [
        migrations.RunPython(leave_none, migrations.RunPython.noop),
    ]
