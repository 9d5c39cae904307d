"""What every page shares: who may see it, its security headers, ETags, and the names templates know."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf.csrf import CSRFProtect
from jinja2 import FileSystemBytecodeCache

from app.i18n import LOCALES, NAMES, locale_code
from app.icons import icon
from app.panels import panels
from app.sessions import Sessions

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = frozenset({"public"})
SIGNED_IN = frozenset({"signed-in"})
# What social networks and mailing tools add to each address, different for each person.
TRACKERS = frozenset({"fbclid", "gclid", "igshid", "mc_cid", "mc_eid", "msclkid", "ttclid", "twclid"})
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=()"),
)
SCOPE = "token:"  # before the scope that a program’s token needs

csrf = CSRFProtect()


def public(view: View) -> View:
    """Let anybody see this view."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Let members see this view, whatever their role."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def allow(*roles: str) -> Callable[[View], View]:
    """Let staff of these roles see this view, once they have signed in with their second factor."""

    def mark(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def token(scope: str) -> Callable[[View], View]:
    """Let programs call this view, with a token that has this scope. No cookie opens it."""

    def mark(view: View) -> View:
        view.access = frozenset({SCOPE + scope})  # type: ignore[attr-defined]
        return view

    return mark


def scope_of(access: frozenset[str]) -> str | None:
    """Return the scope that a view asks of a token, or None when it is for people."""
    return next((name.removeprefix(SCOPE) for name in access if name.startswith(SCOPE)), None)


def access_of(app: Flask, endpoint: str) -> frozenset[str]:
    """Return who may see an endpoint; an endpoint that says nothing is closed to all."""
    view = app.view_functions[endpoint]
    declared: frozenset[str] | None = app.config["ACCESS_BY_ENDPOINT"].get(endpoint)
    if declared:
        return declared
    own: frozenset[str] = getattr(view, "access", frozenset())
    return own


def strong_session() -> bool:
    """Tell whether this session proved two factors, without which a role gives no right."""
    return session.get("strong") is True


def init_app(app: Flask) -> None:
    app.session_interface = Sessions(app)
    csrf.init_app(app)
    app.before_request(_gate)
    app.after_request(_tag)  # these run last to first: the tag is given once the headers are there
    app.after_request(_secure)
    app.context_processor(_template_names)
    compiled = app.config["INSTANCE"] / "templates"
    compiled.mkdir(parents=True, exist_ok=True)
    # Kept on disk, or each process would compile them anew: a tenth of a second for a page.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    app.jinja_env.globals["icon"] = icon


def _gate() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None
    access = access_of(current_app, endpoint)
    if access == PUBLIC:
        return None
    if scope := scope_of(access):
        current_app.extensions["authenticate"](scope)
        return None
    visitor = current_user._get_current_object()  # once: each look asks Flask-Login anew
    if not visitor.is_authenticated:
        if not access:
            abort(403)
        return _to_sign_in("members.sign_in" if access == SIGNED_IN else "security.login")
    if access == SIGNED_IN:
        return None
    if not any(visitor.has_role(role) for role in access):
        abort(403)
    return None if strong_session() else _to_sign_in("security.login")


def _to_sign_in(endpoint: str) -> ResponseReturnValue:
    if request.method != "GET" or request.accept_mimetypes.best == "application/json":
        abort(403)
    return redirect(url_for(endpoint, next=request.full_path.rstrip("?")))


def safe_next(path: str | None, default: str) -> str:
    """Return `path` when it is a path of this site, else `default`."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or urlsplit(path).netloc:
        return default
    return path


def absolute_url(endpoint: str, **values: Any) -> str:
    """Build a full URL from TERRAIN_PUBLIC_URL, for mails and codes, inside or outside a request."""
    base = urlsplit(current_app.config["PUBLIC_URL"])
    urls = current_app.url_map.bind(base.netloc, base.path or "/", url_scheme=base.scheme)
    return urls.build(endpoint, values, force_external=True)


def locale_url(locale: str) -> str:
    """Return the address of the current page in another language; `g.address` names a page that answered a POST."""
    return f"{g.get('address', request.path)}?{urlencode(said_in_address() | {'lang': [locale]}, doseq=True)}"


def said_in_address() -> dict[str, list[str]]:
    """Return what the address says after its question mark, without what others add to follow people about."""
    args = request.args.to_dict(flat=False)
    return {name: values for name, values in args.items() if name not in TRACKERS}


def csp_nonce() -> str:
    """Return this response's nonce, which every script tag carries."""
    nonce: str | None = g.get("csp_nonce")
    if nonce is None:
        nonce = g.csp_nonce = secrets.token_urlsafe(16)
    return nonce


def _secure(response: Response) -> Response:
    nonce = csp_nonce()
    wasm = " 'wasm-unsafe-eval'" if g.get("runs_wasm") else ""
    policy = (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'{wasm}; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    said = {name.lower() for name, _value in response.headers}  # what a view says itself stays
    for name, value in (("Content-Security-Policy", policy), *HEADERS):
        if name.lower() not in said:
            response.headers.add(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _tag(response: Response) -> Response:
    """Give public pages an ETag; keep every other page out of shared caches and of the back button."""
    caching = response.cache_control
    if response.direct_passthrough or caching.max_age is not None:
        return response
    if caching.no_store or caching.private:  # the view knows who may keep this
        return response
    if request.method == "GET" and response.status_code == 200 and _shows_nobody():
        response.vary.update(["Cookie", "Accept-Language"])
        caching.no_cache = True
        body = response.get_data().replace(csp_nonce().encode(), b"")
        response.set_etag(_weak_digest(body), weak=True)
        if "If-None-Match" in request.headers:
            response.make_conditional(request)
        if response.status_code == 304:
            # The browser keeps its stored page: that page's nonce must stay in force with it.
            del response.headers["Content-Security-Policy"]
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _shows_nobody() -> bool:
    """Tell whether an answer is for anybody, whether or not they have a cookie, or came by a secret address."""
    return "token" not in (request.view_args or {}) and not session.get("_user_id") and not session.modified


def _weak_digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def _template_names() -> dict[str, Any]:
    return {
        "locale": locale_code(),
        "locales": LOCALES,
        "locale_names": NAMES,
        "locale_url": locale_url,
        "csp_nonce": csp_nonce,
        "strong_session": strong_session,
        "absolute_url": absolute_url,
        "panels": panels,
    }
