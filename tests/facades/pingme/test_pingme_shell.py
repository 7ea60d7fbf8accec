"""The page of the authenticator over HTTP: what it loads, how much that is, and the rules that keep it safe."""

import json
import re
from urllib.parse import urljoin

import pytest
from lxml import html
from werkzeug.test import TestResponse

from tests.facades.pingme.phone_page import PhonePage
from tests.primitives.software_phone import URL
from tests.product import Product
from validate_service.core.branding import BrandingChange
from validate_service.core.profiles import ProfileChange
from validate_service.facades.pages.colors import contrast

MOST_BYTES = 25 * 1024
MOST_STYLE_BYTES = 6 * 1024
PATHS = ("/", "/offline", "/account")


def fetched(page: PhonePage, address: str) -> TestResponse:
    """Return what is at *address*, which is there, as a browser fetches it."""
    answer = page.client.get(address, base_url=URL, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, address
    return answer


def loaded_by(page: PhonePage, path: str = "/") -> list[str]:
    """Return the addresses of everything that a page loads."""
    root = html.fromstring(page.get(path).text)
    attributes = "//link[@rel!='icon' and @rel!='apple-touch-icon']/@href | //script/@src | //img/@src"
    return sorted(set(root.xpath(attributes)))


def test_the_first_load_is_small(page: PhonePage) -> None:
    """A phone at the edge of the network opens it in a second and a half."""
    (icon,) = html.fromstring(page.get().text).xpath("//link[@rel='icon']/@href")
    sizes = {address: len(fetched(page, address).data) for address in ["/pingme/", icon, *loaded_by(page)]}
    assert len(sizes) > 10
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_the_style_is_small(page: PhonePage) -> None:
    """As it is written, before it is compressed."""
    styles = [address for address in loaded_by(page) if address.endswith(".css")]
    assert len(styles) == 2
    assert sum(len(page.client.get(address, base_url=URL).data) for address in styles) <= MOST_STYLE_BYTES


@pytest.mark.parametrize("path", PATHS)
def test_everything_that_a_page_loads_is_there_and_compressed(page: PhonePage, path: str) -> None:
    """From here, as files of their own."""
    for address in loaded_by(page, path):
        assert address.startswith("/")
        answer = fetched(page, address)
        if not address.startswith("/branding/"):
            assert answer.headers["Content-Encoding"] == "gzip"


def test_every_module_that_a_module_imports_is_loaded_early(page: PhonePage) -> None:
    """In the same version, so that the browser does not find out about them one after another."""
    modules = [address for address in loaded_by(page) if address.endswith(".js")]
    for address in modules:
        text = page.client.get(address, base_url=URL).text
        assert {urljoin(address, name) for name in re.findall(r'from "(\./[\w-]+\.js)"', text)} <= set(modules)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(page: PhonePage, path: str) -> None:
    """So that the policy can forbid it."""
    answer = page.get(path)
    root = html.fromstring(answer.text)
    assert root.xpath("//script[not(@src)] | //style | //iframe | //@style | //@*[starts-with(name(), 'on')]") == []
    assert not re.search(r"https?://|javascript:", answer.text)


def test_no_script_makes_markup_or_code_of_text(page: PhonePage) -> None:
    """What a portal sends is shown, never run; Trusted Types would stop it, but not in every browser."""
    scripts = [address for address in loaded_by(page) if address.endswith(".js")] + ["/pingme/sw.js"]
    text = "".join(page.client.get(address, base_url=URL).text for address in scripts)
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|importScripts", text)
        == []
    )


@pytest.mark.parametrize(
    ("path", "loads", "form_action", "scripts"),
    [
        ("/", ["style", "img", "script", "connect", "manifest", "worker"], "'none'", "pingme"),
        ("/account", ["style", "img"], "'self'", "'none'"),
        ("/offline", ["style", "img"], "'none'", "'none'"),
    ],
)
def test_the_policy_lets_a_page_do_what_it_does(
    page: PhonePage, path: str, loads: list[str], form_action: str, scripts: str
) -> None:
    """And nothing else."""
    headers = page.get(path).headers
    sources = "".join(f"{kind}-src 'self'; " for kind in loads)
    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; {sources}base-uri 'none'; form-action {form_action}; frame-ancestors 'none'; "
        f"object-src 'none'; require-trusted-types-for 'script'; trusted-types {scripts}"
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_page_of_a_session_knows_its_form_token(
    page: PhonePage, stranger: PhonePage, product: Product
) -> None:
    """And nobody keeps a copy of it on the way."""
    (token,) = html.fromstring(page.get().text).xpath("//*[@id='state']/@data-form-token")
    assert token == page.form_token
    assert len(token) == 64
    other = PhonePage.of(product)
    assert html.fromstring(other.get().text).xpath("//*[@id='state']/@data-form-token") == [""]
    assert {"Cookie", "Accept-Language"} <= set(page.get().headers["Vary"].split(", "))


@pytest.mark.parametrize(("accepts", "language"), [("de-AT,en;q=0.5", "de"), ("fr", "en")])
@pytest.mark.parametrize("path", PATHS[:2])
def test_before_the_sign_in_the_browser_says_the_language(
    stranger: PhonePage, path: str, accepts: str, language: str
) -> None:
    """English, if it asks for one that there is not."""
    root = html.fromstring(stranger.get(path, **{"Accept-Language": accepts}).text)
    assert root.xpath("//html/@lang") == [language]


def test_after_it_the_user_s_language_counts(page: PhonePage, product: Product) -> None:
    """Whatever the browser says."""
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(language="de"))
    for path in ("/", "/account"):
        assert html.fromstring(page.get(path, **{"Accept-Language": "en"}).text).xpath("//html/@lang") == ["de"]


@pytest.mark.parametrize("path", PATHS)
def test_landmarks_headings_and_labels(page: PhonePage, path: str) -> None:
    """For those who do not see the page; each id once, each field with a label, each page with a title of its own."""
    root = html.fromstring(page.get(path).text)
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert len(root.xpath("//main")) == 1
    assert root.xpath("//body/*[1]/@href") == ["#content"]
    assert root.xpath("//title/text()")[0].strip()
    labelled = set(root.xpath("//label/@for"))
    assert [field.get("id") for field in root.xpath("//input[@type!='hidden' or not(@type)]")] == [
        identity for identity in ids if identity in labelled
    ]
    sections = root.xpath("//main/section")
    assert all(section.xpath("./*[self::h1 or self::h2]") for section in sections)
    for described in root.xpath("//@aria-describedby | //@aria-labelledby"):
        assert described in ids


def test_of_all_sections_only_the_first_is_shown_until_scripts_run(stranger: PhonePage) -> None:
    """It says what to do where none may."""
    root = html.fromstring(stranger.get().text)
    (shown,) = root.xpath("//main/section[not(@hidden)]")
    assert shown.get("id") == "loading"
    assert "Allow it to run scripts" in shown.findtext(".//noscript/p")


def test_a_dead_link_tells_whom_to_ask(product: Product) -> None:
    """The branding's contacts; what an operator typed stays text."""
    change = BrandingChange(email="help+1@example.org", phone="<b>0</b>", color="#e80000")
    product.core.branding_desk.set(product.operator(), product.tenant, change)
    root = html.fromstring(PhonePage.of(product).get().text)
    (link,) = root.xpath("//section[@id='link']")
    assert link.xpath(".//dd/a/@href") == ["mailto:help%2B1@example.org"]
    assert link.xpath(".//dd/text()") == ["<b>0</b>"]
    assert root.xpath("//meta[@name='theme-color']/@content") == ["#e80000"]


def test_the_application_can_be_installed(page: PhonePage) -> None:
    """W3C Web Application Manifest: every icon is there, in its size."""
    answer = page.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("./", "./", "standalone")
    for icon in manifest["icons"]:
        image = page.client.get(icon["src"], base_url=URL)
        assert image.headers["Content-Type"].partition(";")[0] == icon["type"]
        if icon["type"] == "image/png":
            width, height = int.from_bytes(image.data[16:20]), int.from_bytes(image.data[20:24])
            assert f"{width}x{height}" == icon["sizes"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_the_service_worker_is_always_the_newest(page: PhonePage) -> None:
    """It serves no more than its own folder, and its icon is where it says."""
    answer = page.get("/sw.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    assert "Service-Worker-Allowed" not in answer.headers
    (icon,) = re.findall(r'ICON = "(.*)"', answer.text)
    assert page.get(f"/{icon}").headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("path", ["/PingMe/", "/PINGME/Account", "/pingme/SW.js"])
def test_paths_match_without_case(page: PhonePage, path: str) -> None:
    """As everywhere in this service."""
    assert page.client.get(path, base_url=URL).status_code == 200


def test_the_page_has_one_address(stranger: PhonePage) -> None:
    """The application's scope begins behind the slash."""
    answer = stranger.client.get("/pingme", base_url=URL)
    assert (answer.status_code, answer.headers["Location"].removeprefix(URL)) == (308, "/pingme/")
    assert stranger.client.get("/pingme/other", base_url=URL).status_code == 404


def test_contrast_in_light_and_dark(page: PhonePage) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: text on every surface, and the lines around what is used."""
    (address,) = [address for address in loaded_by(page) if address.endswith("/style.css")]
    blocks = re.findall(r":root \{(.*?)\}", page.client.get(address, base_url=URL).text, re.DOTALL)
    light, dark = [dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in blocks]
    for palette in (light, light | dark):
        for surface in (palette["paper"], palette["sheet"]):
            inks = {ink: contrast(palette[ink], surface) for ink in ("ink", "quiet", "link", "done", "fault")}
            assert all(ratio >= 4.5 for ratio in inks.values()), inks
