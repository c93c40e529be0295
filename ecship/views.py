"""Pages that belong to no app: home, what the law asks for, and the errors."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from ecship import gallery as gallery_samples
from security import periods
from security.marks import public
from security.problems import is_api, problem_response


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Tell a proxy that this process answers."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


# Whoever has an item number may ask for it; a search engine that lists such pages would hand the numbers out.
ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /*/track/
Disallow: /*/sign-in/
"""


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell search engines which pages are of no use to anybody else."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home/home.html")


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@public
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """How long what is kept: the list that the jobs themselves read."""
    context = {"parts": list(periods.by_part()), "contact_email": settings.CONTACT_EMAIL}
    return render(request, "pages/retention.html", context)


@public
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/terms.html")


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@public
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/contact.html", {"contact_email": settings.CONTACT_EMAIL})


@public
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component once in each language, for those who write pages."""
    return render(request, "gallery/gallery.html", {"passages": gallery_samples.passages(request, now=timezone.now())})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(request, 400) if is_api(request) else render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(request, 403) if is_api(request) else render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(request, 404) if is_api(request) else render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: what broke may be what they ask."""
    if is_api(request):
        return problem_response(request, 500)
    context = {"request": request, "is_broken": True, "is_console": settings.CONSOLE}
    return HttpResponse(render_to_string("500.html", context), status=500)
