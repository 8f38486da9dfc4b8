"""The URL table with one page more, which breaks while it holds a person and a token."""

from sonisbridge.web import urls
from sonisbridge.web.pages import Anybody, page


def broken(request):
    """Break."""
    person, token = request.GET.get("q", ""), request.headers.get("Authorization", "")
    raise RuntimeError(f"could not show {person} with {token}")


urlpatterns = [page("broken/", broken, name="broken", needs=Anybody.SIGNED_IN), *urls.urlpatterns]
handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500
