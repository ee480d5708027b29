"""The secure page over HTTP (decision 0074). GET uses nothing up and shows nothing of anybody without a session: link
scanners and previews fetch it. No script, nothing from elsewhere, nothing stored by the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailrouter.core.compose.pages import Pages
from mailrouter.core.compose.tokens import PAGE_PATH
from mailrouter.core.decide.files.page import MINUTES
from mailrouter.inbound.http import TooLarge, body_of, client_of
from mailrouter.inbound.limits import Network
from mailrouter.inbound.page_desk import CODE, SESSION, Asking, Busy, Desk, Gone, Reading, network_of
from mailrouter.inbound.page_values import reading_values

T = TypeVar("T")
FORM_BYTES: Final = 4096
LANGUAGES: Final = ("fr", "en")
POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}
# What a file may say that it is, by its first octets; anything else is octets. Never a type that a browser runs.
SIGNS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
)


@dataclass(kw_only=True)
class SecurePage:
    """The routes. `pages` gives the templates in force, `url` is the page's address from outside, `proxies` those whose
    X-Forwarded-For is believed."""

    desk: Desk
    pages: Callable[[], Pages]
    url: str
    proxies: Sequence[Network] = ()

    @property
    def routes(self) -> list[Route]:
        """What the HTTP door serves."""
        here = PAGE_PATH
        return [
            Route(f"{here}/style.css", self._style, methods=["GET"]),
            Route(f"{here}/quitter", self._leave, methods=["POST"]),
            Route(f"{here}/{{token}}", self._open, methods=["GET"]),
            Route(f"{here}/{{token}}", self._enter, methods=["POST"]),
            Route(f"{here}/{{token}}/code", self._code, methods=["GET"]),
            Route(f"{here}/{{token}}/code", self._ask, methods=["POST"]),
            Route(f"{here}/{{token}}/fichier/{{position:int}}/{{n:int}}", self._file, methods=["GET"]),
        ]

    async def _style(self, request: Request) -> Response:
        headers = {**self._headers(), "Cache-Control": "public, max-age=3600"}
        return Response(self.pages().style, media_type="text/css", headers=headers)

    async def _open(self, request: Request) -> Response:
        """The link: the case for who has a session, else the offer of a code."""
        if ahead(request):
            return Response(status_code=503, headers=self._headers())
        # A HEAD reads nothing: no session counts for it, so that it is no reading either.
        session = self._cookie(request, "session") if request.method == "GET" else ""
        asked = self._cookie(request, "ask")
        seen = await self._try(request, lambda: self.desk.open(request.path_params["token"], asked, session))
        if isinstance(seen, Response):
            return seen
        if isinstance(seen, Reading):
            return self._page(request, "case", reading_values(seen, self.desk.directory()))
        return self._asking(request, seen)

    def _asking(self, request: Request, seen: Asking, *, trouble: bool = False) -> Response:
        values = {"shared": seen.shared, "minutes": MINUTES, "trouble": trouble}
        return self._page(request, "code" if seen.asked or trouble else "ask", values)

    async def _code(self, request: Request) -> Response:
        """Where the browser is after it asked. Says the same to who did not."""
        seen = await self._try(request, lambda: self.desk.open(request.path_params["token"], "", ""))
        if isinstance(seen, Response):
            return seen
        assert isinstance(seen, Asking)
        return self._page(request, "code", {"shared": seen.shared, "minutes": MINUTES, "trouble": False})

    async def _ask(self, request: Request) -> Response:
        form = await self._form(request)
        token, named = request.path_params["token"], form.get("adresse", "")[:254]
        if form.get("?"):
            return self._page(request, "gone", {}, status=403)
        cookie = await self._try(request, lambda: self.desk.ask(token, named, self._network(request)))
        if isinstance(cookie, Response):
            return cookie
        answer = self._see(request, f"{PAGE_PATH}/{quote(token)}/code")
        self._give(answer, "ask", cookie, CODE.total_seconds(), "strict")
        return answer

    async def _enter(self, request: Request) -> Response:
        form = await self._form(request)
        token, asked = request.path_params["token"], self._cookie(request, "ask")
        if form.get("?"):
            return self._page(request, "gone", {}, status=403)
        session = await self._try(
            request, lambda: self.desk.enter(token, asked, form.get("code", ""), self._network(request))
        )
        if isinstance(session, Response):
            return session
        if not session:
            seen = await self._try(request, lambda: self.desk.open(token, "", ""))
            return seen if isinstance(seen, Response) else self._refused(request, seen)
        answer = self._see(request, f"{PAGE_PATH}/{quote(token)}")
        self._give(answer, "session", session, SESSION.total_seconds(), "lax")
        answer.delete_cookie(self._name("ask"), secure=self._https, httponly=True, samesite="strict")
        return answer

    def _refused(self, request: Request, seen: Asking | Reading) -> Response:
        assert isinstance(seen, Asking)
        return self._asking(request, seen, trouble=True)

    async def _file(self, request: Request) -> Response:
        if ahead(request):
            return Response(status_code=503, headers=self._headers())
        path, session = request.path_params, self._cookie(request, "session")
        found = await self._try(
            request, lambda: self.desk.file(path["token"], session, path["position"], path["n"])
        )
        if isinstance(found, Response):
            return found
        file, octets = found
        headers = {
            **self._headers(),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": disposition(file.name),
        }
        return Response(octets, media_type=sniffed(octets), headers=headers)

    async def _leave(self, request: Request) -> Response:
        form = await self._form(request)
        if form.get("?"):
            return self._page(request, "gone", {}, status=403)
        session = self._cookie(request, "session")
        if session:
            await asyncio.to_thread(self.desk.leave, session)
        answer = self._page(request, "left", {}, here=PAGE_PATH)
        answer.delete_cookie(self._name("session"), secure=self._https, httponly=True, samesite="lax")
        return answer

    async def _try(self, request: Request, act: Callable[[], T]) -> T | Response:
        """What `act` gives, or the one page that says why not."""
        try:
            return await asyncio.to_thread(act)
        except Gone:
            return self._page(request, "gone", {}, status=404)
        except Busy:
            return self._page(request, "busy", {}, status=429)

    def _page(
        self, request: Request, name: str, values: Mapping[str, Any], *, status: int = 200, here: str = ""
    ) -> Response:
        policy = self.desk.directory().policy
        language = language_of(request)
        shown = {
            "label": policy.label,
            "domain": policy.domain,
            "trouble": False,
            "here": here or f"{PAGE_PATH}/{quote(request.path_params.get('token', ''))}",
            "suffix": "" if language == "fr" else f"?l={language}",
            "other_href": ""
            if name in ("gone", "left", "busy")
            else f"?l={'en' if language == 'fr' else 'fr'}",
            **values,
        }
        html = self.pages().render(language, name, shown)
        return Response(html, status_code=status, media_type="text/html", headers=self._headers())

    def _see(self, request: Request, path: str) -> Response:
        """See there (303): reloading it sends nothing twice."""
        language = language_of(request)
        suffix = "" if language == "fr" else f"?l={language}"
        return RedirectResponse(path + suffix, status_code=303, headers=self._headers())

    async def _form(self, request: Request) -> dict[str, str]:
        """The fields of a form; `?` is set when another site sent it, or it is none."""
        try:
            body = (await body_of(request, FORM_BYTES)).decode("ascii", "replace")
        except (TooLarge, ClientDisconnect):
            return {"?": "too large"}
        if elsewhere(request, self.url):
            return {"?": "elsewhere"}
        try:
            return {k: v[-1] for k, v in parse_qs(body, max_num_fields=10).items() if k != "?"}
        except ValueError:
            return {"?": "too many"}

    def _headers(self) -> dict[str, str]:
        return {**HEADERS, **(HSTS if self._https else {})}

    @property
    def _https(self) -> bool:
        return self.url.startswith("https:")

    def _name(self, kind: str) -> str:
        """A cookie's name: with https only this very host can have set it (RFC 6265bis 4.1.3.2)."""
        return f"{'__Host-' if self._https else ''}mailrouter-{kind}"

    def _cookie(self, request: Request, kind: str) -> str:
        return request.cookies.get(self._name(kind), "")[:100]

    def _give(self, answer: Response, kind: str, value: str, seconds: float, same_site: Any) -> None:
        """Strict for the question, which this page's own form answers; lax for the session, since the next notice's link
        is opened from a mailbox."""
        answer.set_cookie(
            self._name(kind),
            value,
            max_age=int(seconds),
            path="/",
            secure=self._https,
            httponly=True,
            samesite=same_site,
        )

    def _network(self, request: Request) -> str:
        return network_of(client_of(request, self.proxies))


def language_of(request: Request) -> str:
    """French unless the link says another of our languages."""
    asked = request.query_params.get("l", "")
    return asked if asked in LANGUAGES else "fr"


def ahead(request: Request) -> bool:
    """Whether a browser fetches this before anybody asked for it (Fetch, Sec-Purpose): that is no reading."""
    told = (request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return any("prefetch" in value or "prerender" in value or "preview" in value for value in told)


def elsewhere(request: Request, url: str) -> bool:
    """Whether another site's page sent this form (Fetch Metadata, and Origin of older browsers; with no-referrer a
    browser writes `null` there)."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    return request.headers.get("origin", "null") not in ("null", url)


def sniffed(octets: bytes) -> str:
    """The type of a file by its own first octets."""
    return next((kind for sign, kind in SIGNS if octets.startswith(sign)), "application/octet-stream")


def disposition(name: str) -> str:
    """Content-Disposition of a download (RFC 6266): the name for old readers in ASCII, then as it is (RFC 8187)."""
    clean = (
        "".join(c for c in name if c.isprintable() and c not in '"\\/:*?<>|').strip(" .")[:150] or "fichier"
    )
    plain = clean.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"
