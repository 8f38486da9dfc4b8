"""The pages of Users, of the user's own account, and of signing in: of django-allauth's pages these and no others."""

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as codes

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import Anybody, page

from . import own, views

SIGNING_IN = [
    page("account/login/", account.login, name="account_login", needs=Anybody.OPEN),
    page("account/code/", second_step.authenticate, name="mfa_authenticate", needs=Anybody.OPEN),
    page("account/inactive/", account.account_inactive, name="account_inactive", needs=Anybody.OPEN),
    page("account/logout/", account.logout, name="account_logout", needs=Anybody.ARRIVING),
    page("account/again/", account.reauthenticate, name="account_reauthenticate", needs=Anybody.ARRIVING),
    page("account/again/code/", second_step.reauthenticate, name="mfa_reauthenticate", needs=Anybody.ARRIVING),
    page("account/password/", own.ChangePassword.as_view(), name="account_change_password", needs=Anybody.ARRIVING),
]
OWN_ACCOUNT = [
    page("my-account/", own.my_account, name="my-account", needs=Anybody.SIGNED_IN),
    page("my-account/", own.my_account, name="mfa_index", needs=Anybody.SIGNED_IN),
    page("my-account/codes/", codes.activate_totp, name="mfa_activate_totp", needs=Anybody.SIGNED_IN),
    page("my-account/codes/off/", codes.deactivate_totp, name="mfa_deactivate_totp", needs=Anybody.SIGNED_IN),
    page(
        "my-account/recovery-codes/", recovery.view_recovery_codes,
        name="mfa_view_recovery_codes", needs=Anybody.SIGNED_IN,
    ),
    page(
        "my-account/recovery-codes/new/", recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes", needs=Anybody.SIGNED_IN,
    ),
    page("my-account/tokens/", own.make_token, name="my-tokens", needs=Anybody.SIGNED_IN),
    page("my-account/tokens/<int:token_id>/revoke/", own.revoke_token, name="my-token-revoke", needs=Anybody.SIGNED_IN),
]  # fmt: skip
OF_ALL = [
    page("users/", views.users, name="users", needs=Right.USERS),
    page("users/add/", views.add, name="user-add", needs=Right.USERS),
    page("users/<int:user_id>/", views.user, name="user", needs=Right.USERS),
    page("users/<int:user_id>/roles/give/", views.give, name="user-give", needs=Right.USERS),
    page("users/<int:user_id>/roles/take/", views.take, name="user-take", needs=Right.USERS),
    page("users/<int:user_id>/password/", views.reset_password, name="user-password", needs=Right.USERS),
    page("users/<int:user_id>/second-factor/", views.reset_second_factor, name="user-factor", needs=Right.USERS),
    page("users/<int:user_id>/standing/", views.set_standing, name="user-standing", needs=Right.USERS),
]
PAGES = [*SIGNING_IN, *OWN_ACCOUNT, *OF_ALL]
