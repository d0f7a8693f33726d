"""The atlas as a visitor sees it, in headless Chromium: all of it, from file://."""

import time
from pathlib import Path

import pytest

from symbolic_init.atlas import build
from symbolic_init.catalog import ENTRIES

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MOST_BYTES = 40_000_000
FULL_BUILD, REBUILD = 300, 10
"""Seconds on two cores that are not shared; a machine under load is given four times as much."""
LOADED = 4
PAGES = ("index.html", "compare.html#relu,gelu", "published.html", "theories/length-map.html")
PAGES += tuple(f"activations/{name}.html" for name in ("gelu", "tanh", "elu", "hard_elish", "laplace"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas") / "site"
    started = time.monotonic()
    built = build(folder)
    seconds = time.monotonic() - started

    assert built.failed == {}
    assert len(built.derived) == len(ENTRIES)
    assert seconds < FULL_BUILD * LOADED
    return folder


@pytest.fixture(scope="module")
def browser():
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def visit(browser, site, page, *, width=1200, dark=False):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    browser.get("about:blank")
    browser.get(f"{site.as_uri()}/{page}")


def find(browser, css):
    return browser.find_element("css selector", css)


def every(browser, css):
    return browser.find_elements("css selector", css)


def shown(browser):
    return [r.get_attribute("data-name") for r in every(browser, "#atlas tbody tr") if r.is_displayed()]


def search(browser, words):
    box = find(browser, "#search")
    box.clear()
    box.send_keys(words)


def test_the_site_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*.html")) < MOST_BYTES


def test_nothing_is_derived_twice(site):
    started = time.monotonic()
    built = build(site)

    assert (built.derived, built.kept) == ((), len(ENTRIES))
    assert time.monotonic() - started < REBUILD * LOADED


def test_every_page_is_valid(site):
    import html5lib

    for path in sorted(site.rglob("*.html")):
        html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_scrolls_sideways_or_complains(browser, site, page, width, dark):
    visit(browser, site, page, width=width, dark=dark)
    wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")

    assert wide <= 0
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_contrast(browser, site, dark):
    visit(browser, site, "activations/gelu.html", dark=dark)
    ratios = browser.execute_script(CONTRAST)

    assert len(ratios) > 10
    assert {what: ratio for what, ratio in ratios.items() if ratio < 4.5} == {}


CONTRAST = """
const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
const light = (color) => {
  const [r, g, b] = numbers(color).map(channel);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const paper = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor;
    if (numbers(color)[3] !== 0) return color;
  }
  return "rgb(255, 255, 255)";
};
const ratios = {};
const read = "h1,h2,p,a,th,td,li,summary,button,code,.note,.mark,.rule,.number,footer";
for (const e of document.querySelectorAll(read)) {
  const [a, b] = [light(getComputedStyle(e).color), light(paper(e))].sort((x, y) => y - x);
  const name = `${e.tagName}.${e.className}`;
  ratios[name] = Math.min(ratios[name] ?? 99, (a + 0.05) / (b + 0.05));
}
return ratios;
"""


def test_search_finds_by_name_words_and_class(browser, site):
    visit(browser, site, "index.html")
    assert len(shown(browser)) == len(ENTRIES)

    search(browser, "gelu")
    assert "gelu" in shown(browser)
    assert "tanh" not in shown(browser)

    search(browser, "half-stable")
    assert {"gelu", "silu"} <= set(shown(browser))
    assert "relu" not in shown(browser)

    search(browser, "no such thing")
    assert shown(browser) == []
    assert find(browser, "#nothing").is_displayed()
    assert find(browser, "#count").text == "0 activations"


def test_columns_sort_up_and_down_with_nothing_last(browser, site):
    visit(browser, site, "index.html")
    head = find(browser, "th[data-key=weight] button")
    column = find(browser, "th[data-key=weight]")

    def numbers():
        return browser.execute_script(
            "const rows = [...document.querySelectorAll('#atlas tbody tr')];"
            "return rows.map(r => Number(r.cells[arguments[0].cellIndex].dataset.sort))",
            column,
        )

    head.click()
    up = numbers()
    head.click()
    down = [n for n in numbers() if n < 1e300]

    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert numbers()[len(down) :] == [1e300] * (len(up) - len(down))
    assert column.get_attribute("aria-sort") == "descending"


def test_chosen_activations_are_compared(browser, site):
    visit(browser, site, "index.html")
    assert not find(browser, "#compare").is_enabled()
    for name in ("relu", "tanh"):
        box = find(browser, f"input[value={name}]")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        box.click()
    find(browser, "#compare").click()

    assert browser.current_url.endswith("compare.html#relu,tanh")
    assert [a.text for a in every(browser, "#comparison thead a")] == ["relu", "tanh"]
    assert [c.text for c in every(browser, "#comparison tr[data-key=weight] td")] == ["2", "1"]
    assert len(every(browser, "#comparison svg.plot")) == 2

    find(browser, "button[aria-label='remove tanh']").click()
    assert [a.text for a in every(browser, "#comparison thead a")] == ["relu"]

    find(browser, "#name").send_keys("gelu\n")
    assert [a.text for a in every(browser, "#comparison thead a")] == ["relu", "gelu"]


def test_an_address_cannot_bring_in_markup(browser, site):
    visit(browser, site, "compare.html#%3Cimg%20src=x%20onerror=alert(1)%3E,__proto__,constructor")

    assert every(browser, "img") == []
    assert find(browser, "#said").text.startswith("Not in the atlas: <img")
    assert not find(browser, "#comparison").is_displayed()


@pytest.mark.parametrize("what", ["torch", "python", "latex"])
def test_code_is_copied(browser, site, what):
    visit(browser, site, "activations/gelu.html")
    browser.execute_script(
        "document.querySelectorAll('details').forEach(d => d.open = true);"
        "const clipboard = {writeText: async (text) => { window.copied = text; }};"
        "Object.defineProperty(navigator, 'clipboard', {value: clipboard});"
    )
    button = find(browser, f"button[data-copy={what}]")
    button.click()
    time.sleep(0.2)

    assert browser.execute_script("return window.copied") == find(browser, f"#{what}").get_attribute(
        "textContent"
    )
    assert button.text == "Copied"


def test_mathml_is_laid_out(browser, site):
    visit(browser, site, "activations/gelu.html")
    sizes = browser.execute_script(
        "const formulas = [...document.querySelectorAll('.steps .line math')];"
        "return formulas.map(m => m.getBoundingClientRect().height)"
    )
    fraction = browser.execute_script(
        "const [top, bottom] = document.querySelector('.result mfrac').children;"
        "return bottom.getBoundingClientRect().top - top.getBoundingClientRect().bottom"
    )

    assert len(sizes) > 10
    assert min(sizes) > 5
    assert fraction >= 0


def test_tables_are_reached_by_keyboard(browser, site):
    visit(browser, site, "index.html")
    focusable = [e.get_attribute("aria-label") for e in every(browser, ".scroll[tabindex='0']")]

    assert "Activations" in focusable


def test_pages_are_read_without_a_script(site):
    text = Path(site / "activations" / "gelu.html").read_text(encoding="utf-8")
    index = (site / "index.html").read_text(encoding="utf-8")

    assert "1.98306" in text.partition("<script>")[0]
    assert "half-stable" in index.partition("<script>")[0]
