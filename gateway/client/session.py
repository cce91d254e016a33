"""A partner's connection to one gateway: token, retries, problems turned into errors."""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self

import httpx

from gateway.client.errors import UnreachableError, WeirRequestError, parse_reasons
from gateway.client.private_keys import PartnerKey, sign_assertion
from gateway.version import NAME, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

BACKOFF_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LONGEST_RETRY_AFTER_SECONDS = 60.0
TOKEN_MARGIN_SECONDS = 30.0
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PASSING_STATUS = frozenset({429, 502, 503, 504})
UNAUTHENTICATED, CONFLICT = 401, 409
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"  # as OpenSSL names it; no later try changes it
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Session:
    """Talks to one gateway as one partner.

    Guarantee: the token goes to the gateway's own origin alone, over TLS unless the gateway is on
    this machine; redirects aren't followed. A POST that is retried carries one `Idempotency-Key`,
    so it is carried out once. An assertion is never sent twice.
    """

    def __init__(  # noqa: PLR0913 - a connection is named by all of these
        self,
        url: str,
        client_id: str,
        key: PartnerKey,
        *,
        language: str = "en",
        transport: httpx.BaseTransport | None = None,
        on_unreachable: Callable[[], None] | None = None,
    ) -> None:
        """Prepare to talk; nothing is sent yet.

        Args:
            url: of the gateway, as its operator gave it.
            client_id: the partner's name at the gateway.
            key: the partner's private key.
            language: in which reasons are worded, as in `Accept-Language`.
            transport: another way to send; for tests.
            on_unreachable: called once, when the gateway first takes no connection and is tried
                again: it may be starting.

        Raises:
            UnreachableError: the address can't be one of a gateway, or isn't safe.
        """
        self.url = _checked_address(url)
        self.client_id = client_id
        self._key = key
        headers = {"Accept-Language": language, "User-Agent": f"{NAME}/{VERSION}"}
        self._http = httpx.Client(headers=headers, timeout=TIMEOUT, transport=transport)
        self._token = ""
        self._token_ends = 0.0
        self._on_unreachable = on_unreachable

    def __enter__(self) -> Self:
        """Give the session itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, link: str) -> httpx.Response:
        """Get a small answer as this partner.

        Args:
            link: a path of the gateway, or a link that it gave.

        Raises:
            WeirRequestError: the gateway answered with a problem.
            UnreachableError: it didn't answer.
        """
        url = self.resolve(link)
        return self._authorized(lambda headers: self._http.get(url, headers=headers))

    def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """Post a request; retries of it are carried out once.

        Raises:
            WeirRequestError: the gateway answered with a problem.
            UnreachableError: it didn't answer.
        """
        url, key = self.resolve(path), secrets.token_urlsafe(24)
        return self._authorized(
            lambda headers: self._http.post(
                url, json=body, headers=headers | {"Idempotency-Key": key}
            )
        )

    def send(
        self,
        method: str,
        link: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request whose repetition changes nothing more, and return its answer.

        Raises:
            WeirRequestError: the gateway answered with a problem.
            UnreachableError: it didn't answer.
        """
        url, told = self.resolve(link), dict(headers or {})
        if method == "POST":
            told["Idempotency-Key"] = secrets.token_urlsafe(24)
        return self._authorized(
            lambda proof: self._http.request(
                method, url, content=content or None, headers=told | proof
            )
        )

    def post_files(self, path: str, fields: Mapping[str, str], files: Sequence[Path]) -> str:
        """Post files as one form, and return the link to what became of them.

        Raises:
            WeirRequestError: the gateway answered with a problem.
            UnreachableError: it didn't answer.
        """
        url, key = self.resolve(path), secrets.token_urlsafe(24)

        def send(proof: dict[str, str]) -> httpx.Response:
            with ExitStack() as opened:
                parts = [("file", (f.name, opened.enter_context(f.open("rb")))) for f in files]
                told = proof | {"Idempotency-Key": key}
                return self._http.post(url, data=dict(fields), files=parts, headers=told)

        return str(self._authorized(send).headers.get("location", path))

    @contextmanager
    def stream(self, link: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Open a download once, without a retry: who reads knows where it broke.

        Raises:
            WeirRequestError: the gateway answered with a problem.
            httpx.TransportError: the connection broke, now or while reading.
        """
        sent = {"Accept-Encoding": "identity", **headers, **self._authorization()}
        with self._http.stream("GET", self.resolve(link), headers=sent) as response:
            if response.status_code == UNAUTHENTICATED:
                self._token = ""
            if response.is_error:
                response.read()
                raise request_error(response)
            yield response

    def resolve(self, link: str) -> str:
        """Return the whole address of a path or link of this gateway.

        Raises:
            UnreachableError: the link leads elsewhere, where the token must not go.
        """
        if link.startswith("/") and not link.startswith("//"):
            # A path from the gateway's root; behind a proxy its address may have a path itself.
            return self.url + link.removeprefix(httpx.URL(self.url).path.rstrip("/"))
        url = httpx.URL(link)
        own = httpx.URL(self.url)
        if (url.scheme, url.host, url.port) != (own.scheme, own.host, own.port):
            raise UnreachableError(
                f"the gateway pointed to {url.host}, which isn't itself; stopped"
            )
        return str(url)

    def _authorized(self, send: Callable[[dict[str, str]], httpx.Response]) -> httpx.Response:
        response = self._retried(lambda: send(self._authorization()))
        if response.status_code == UNAUTHENTICATED:  # ended early: a restart, or a changed key
            self._token = ""
            response = self._retried(lambda: send(self._authorization()))
        if not response.is_success:
            raise request_error(response)
        return response

    def _authorization(self) -> dict[str, str]:
        if not self._token or time.monotonic() >= self._token_ends:
            self._fetch_token()
        return {"Authorization": f"Bearer {self._token}"}

    def _fetch_token(self) -> None:
        metadata = self._metadata()
        endpoint = self.resolve(str(metadata.get("token_endpoint", "/oauth/token")))
        asked = time.monotonic()
        answer = self._retried(lambda: self._http.post(endpoint, data=self._grant_form()))
        if not answer.is_success:
            raise request_error(answer)
        token = read_object(answer)
        self._token = str(token.get("access_token", ""))
        self._token_ends = asked + float(token.get("expires_in", 0)) - TOKEN_MARGIN_SECONDS

    def _grant_form(self) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": sign_assertion(self._key, self.client_id, self.url, time.time()),
        }

    def _metadata(self) -> dict[str, Any]:
        address = f"{self.url}/.well-known/oauth-authorization-server"
        answer = self._retried(lambda: self._http.get(address))
        if not answer.is_success:
            raise UnreachableError(f"{self.url} doesn't answer as a gateway; check the address")
        metadata = read_object(answer)
        # RFC 8414, section 3.3: else an assertion made for one server could be used at another.
        if metadata.get("issuer") != self.url:
            raise UnreachableError(
                f"the gateway at {self.url} calls itself {metadata.get('issuer')}; use that address"
            )
        return metadata

    def _retried(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Send until there is an answer that another try wouldn't change."""
        for delay in BACKOFF_SECONDS:
            try:
                response = send()
            except httpx.TransportError as error:
                self._tell_unreachable(error)
                time.sleep(delay)
                continue
            if not is_passing(response):
                return response
            time.sleep(_retry_after(response, delay))
        try:
            return send()
        except httpx.TransportError as error:
            raise UnreachableError(_no_answer(self.url, error)) from error

    def _tell_unreachable(self, error: httpx.TransportError) -> None:
        """Tell once that nobody takes the connection; give up on what waiting can't mend."""
        if not isinstance(error, httpx.ConnectError):
            return
        if UNTRUSTED in str(error):
            raise UnreachableError(_no_answer(self.url, error)) from error
        if self._on_unreachable is not None:
            self._on_unreachable()
            self._on_unreachable = None


def _no_answer(url: str, error: httpx.TransportError) -> str:
    """Say what to do where all tries were in vain."""
    said = str(error) or type(error).__name__
    if UNTRUSTED in said:
        return (
            f"{url} shows a certificate that this machine doesn't trust ({said}); check the "
            "address, and ask the gateway's operator whose certificate it has"
        )
    if isinstance(error, httpx.ConnectError):
        return (
            f"{url} takes no connection ({said}), also not after {sum(BACKOFF_SECONDS):.0f} s. Is "
            "the gateway running (weir serve), and is this its address and port? From elsewhere "
            "check the network, or ask its operator; then run the same again"
        )
    return f"{url} doesn't answer ({said}); check the address and the network, then try again"


def is_passing(response: httpx.Response) -> bool:
    """Say whether the same request may well succeed a little later."""
    if response.status_code == CONFLICT:  # our own first try is still being carried out
        return request_error(response).problem == "in-progress"
    return response.status_code in PASSING_STATUS


def request_error(response: httpx.Response) -> WeirRequestError:
    """Turn an answer that isn't a success into an error; also an OAuth error (RFC 6749, 5.2)."""
    try:
        document = read_object(response)
    except UnreachableError:
        document = {}
    problem = str(document.get("type", "")).removeprefix("urn:weir:problem:")
    said = document.get("detail") or document.get("title") or document.get("error_description")
    return WeirRequestError(
        str(said or f"the gateway answered with status {response.status_code}"),
        http_status=response.status_code,
        problem=problem or str(document.get("error", "")),
        reasons=parse_reasons(document),
    )


def read_object(response: httpx.Response) -> dict[str, Any]:
    """Read an answer that must be a JSON object.

    Raises:
        UnreachableError: it is something else, so this is no gateway.
    """
    try:
        document = response.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UnreachableError(f"{response.url} doesn't answer as a gateway; check the address")
    return document


def _retry_after(response: httpx.Response, delay: float) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), LONGEST_RETRY_AFTER_SECONDS) if asked.isdecimal() else delay


def _checked_address(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UnreachableError(f"{url!r} is no address; give https://...") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.query:
        raise UnreachableError(f"{url!r} is no address of a gateway; give https://...")
    if parsed.scheme == "http" and parsed.host not in LOOPBACK:
        raise UnreachableError(f"{url} isn't encrypted; use https:// for a gateway elsewhere")
    return url.rstrip("/")
