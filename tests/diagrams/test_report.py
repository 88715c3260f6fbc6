"""The report: what is on the page, and that a browser shows it, steps through it and filters it without any network."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from podproof.cli import main
from podproof.kubernetes.vocabulary.assumptions import no_container_policies, no_podgc, no_shutdown

CLAIMS = ("terminal-nothing-runs", "never-running-to-pending", "one-init-at-a-time")
RUNS = ("terminal-nothing-runs", "never-running-to-pending")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    with pytest.raises(SystemExit) as ended:
        main(["report", *CLAIMS, "-o", str(path), "-j", "1"])
    assert ended.value.code == 0
    return path


MINE = """from podproof.api import POD, Claim, Never, Verdict
from podproof.kubernetes.vocabulary.states import Worker, worker

never = Never(worker.is_(Worker.sync))
claims = [Claim(name, "<i>odd</i> & so", never, POD, expected=Verdict.FALSE) for name in ("claims", "creation")]
wrong = Claim("bar", "Expected otherwise.", never, POD)
"""


class Outline(HTMLParser):
    """Ids, targets of links, and everything that a browser would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        elif tag != "a":
            self.loaded += [given[name] or "" for name in ("src", "href", "data", "srcset") if name in given]
        assert "style" not in given and not any(name.startswith("on") for name in given), "the policy forbids it"

    def handle_data(self, data: str) -> None:
        self.words += data


class TestPage:
    def test_nothing_is_loaded_and_nothing_may_be(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        assert Outline(text).loaded == ["data:,"]
        assert re.search(r'Content-Security-Policy" content="default-src \'none\'; style-src \'sha256-', text)

    def test_ids_are_unique_and_links_lead_somewhere(self, file: Path) -> None:
        outline = Outline(file.read_text(encoding="utf-8"))
        assert len(outline.ids) == len(set(outline.ids))
        assert {link for link in outline.links if link != "#"} <= {f"#{each}" for each in outline.ids}

    def test_a_case_without_steps_is_no_run(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit):
            main(["report", "a-failure-fails-a-never-pod", "-o", str(tmp_path / "x.html"), "-j", "1"])
        text = (tmp_path / "x.html").read_text(encoding="utf-8")
        (article,) = re.findall(r'<article id="a-failure-fails-a-never-pod">.*?</article>', text, re.DOTALL)
        assert "records: 2 containers, restartPolicy Never" in article
        assert "step through" not in article and "<svg" not in article

    def test_a_claim_may_be_called_like_a_part_of_the_page(self, tmp_path: Path) -> None:
        (tmp_path / "mine.py").write_text(MINE)
        with pytest.raises(SystemExit) as ended:
            main(["report", "--claims", str(tmp_path / "mine.py"), "-o", str(tmp_path / "mine.html"), "--title", "<b>"])
        text = (tmp_path / "mine.html").read_text()
        assert ended.value.code == 1, "one of them is not as expected"
        ids = Outline(text).ids
        assert len(ids) == len(set(ids)) and {"claims", "creation", "bar"} <= set(ids)
        assert "<h1>&lt;b&gt;</h1>" in text and "&lt;i&gt;odd&lt;/i&gt; &amp; so" in text

    def test_every_assumption_is_told_before_its_name_is_used(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        for assumption in (no_podgc, no_container_policies, no_shutdown):
            told = text.index(f"<strong>{assumption}</strong>: {assumption.sentence}")
            assert told < text.index(str(assumption), told + len(f"<strong>{assumption}</strong>"))
            assert text.index(str(assumption)) == told + len("<strong>")

    def test_without_a_script_everything_is_there(self, file: Path) -> None:
        words = Outline(file.read_text(encoding="utf-8")).words
        for expected in (
            *CLAIMS,
            "no-podgc",
            "lose the sandbox",
            "the invariant that proves it",
            "Init:CrashLoopBackOff",
        ):
            assert expected in words

    def test_equal_claims_give_equal_pages(self, file: Path, tmp_path: Path) -> None:
        with pytest.raises(SystemExit):
            main(["report", *CLAIMS, "-o", str(tmp_path / "again.html"), "-j", "2"])
        assert (tmp_path / "again.html").read_bytes() == file.read_bytes()

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["-o", "{}/no/such/folder.html", "one-init-at-a-time"], "cannot be written"),
            (["-o", "{}/x.html", "one-init-at-a-tim"], "did you mean one-init-at-a-time?"),
            (["-o", "{}/x.html", "--claims", "{}/none.py"], "no such file"),
            ([], "Missing option '-o'"),
        ],
    )
    def test_errors_are_one_line(
        self, arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["report", *(argument.format(tmp_path) for argument in arguments)])
        err = capsys.readouterr().err
        assert ended.value.code == 2 and says in err and len(err.splitlines()) == 1
        assert list(tmp_path.iterdir()) == []


class Visit:
    """A page in a browser, and everything it complained of or asked for."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.address = page, file.as_uri()
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url.split("#")[0]))

    def open(self, fragment: str = "") -> Page:
        self.page.set_viewport_size({"width": 1300, "height": 900})
        self.page.emulate_media(media="screen", color_scheme="light")
        self.page.goto("about:blank")
        self.page.goto(self.address + fragment)
        return self.page

    def at(self, fragment: str) -> None:
        """The page is there, or soon will be: browsers tell of a new fragment in a task of its own."""
        expect(self.page).to_have_url(f"{self.address}#{fragment}")

    def step(self, words: str) -> None:
        """The step that is marked says this, or soon will."""
        expect(self.page.locator("tr.now")).to_contain_text(words)


@pytest.fixture(scope="module")
def browser(file: Path) -> Iterator[Visit]:
    if CHROMIUM is None:
        pytest.skip("NOT CHECKED: no Chromium is installed (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        visit = Visit(chromium.new_page(viewport={"width": 1300, "height": 900}), file)
        yield visit
        chromium.close()
        assert visit.said == []
        assert set(visit.asked) <= {visit.address, "about:blank", "data:,"}


class TestBrowser:
    def test_steps_by_key_by_link_and_back(self, browser: Visit) -> None:
        page = browser.open("#never-running-to-pending.0")
        for key in ("ArrowRight", "n", "ArrowRight", "ArrowLeft", "p", "n"):
            page.keyboard.press(key)
        browser.at("never-running-to-pending.2")
        bar = page.locator("#_bar")
        expect(bar).to_contain_text("step 2 of 14: kubelet: admit; kubectl: 0/1 Pending 0")
        assert bar.is_visible()
        bar.get_by_text("next").click()
        browser.at("never-running-to-pending.3")
        page.locator('a[href="#never-running-to-pending.7"]').click()
        browser.step("lose the sandbox")
        page.go_back()
        browser.at("never-running-to-pending.3")
        browser.step("create the sandbox")
        page.go_back()
        browser.at("never-running-to-pending.2")
        page.go_forward()
        browser.at("never-running-to-pending.3")

    def test_the_picture_marks_the_step(self, browser: Visit) -> None:
        page = browser.open("#never-running-to-pending.7")
        marked = page.eval_on_selector_all("svg .now", "parts => parts.map(part => part.id)")
        assert "never-running-to-pending:step7" in marked
        assert all(re.match(r"never-running-to-pending:step7(-|$)", each) for each in marked)

    def test_it_stops_at_both_ends_and_leaves(self, browser: Visit) -> None:
        page = browser.open("#terminal-nothing-runs.5")
        page.keyboard.press("ArrowRight")
        browser.at("terminal-nothing-runs.5")
        page.keyboard.press("Escape")
        browser.at("terminal-nothing-runs")
        expect(page.locator("#_bar")).to_be_hidden()
        page.keyboard.press("ArrowLeft")
        browser.at("terminal-nothing-runs")

    @pytest.mark.parametrize(("opened", "begun"), [("", RUNS[0]), *((f"#{each}", each) for each in RUNS)])
    def test_keys_work_at_once(self, browser: Visit, opened: str, begun: str) -> None:
        """Nothing is clicked: the run in sight begins, or the first one below."""
        page = browser.open(opened)
        page.keyboard.press("ArrowRight")
        browser.at(f"{begun}.0")
        browser.step("the beginning")
        page.keyboard.press("ArrowRight")
        browser.at(f"{begun}.1")

    def test_the_run_that_was_scrolled_to_begins(self, browser: Visit) -> None:
        page = browser.open()
        page.evaluate(f"document.getElementById('{RUNS[1]}.14').scrollIntoView()")
        assert page.evaluate(f"document.getElementById('{RUNS[1]}').getBoundingClientRect().top") < 0
        page.keyboard.press("n")
        browser.at(f"{RUNS[1]}.0")

    def test_what_is_filtered_away_does_not_begin_and_fields_keep_their_keys(self, browser: Visit) -> None:
        page = browser.open()
        words = page.locator('[data-rows="_claim-table"] input')
        words.fill(RUNS[1])
        page.keyboard.press("ArrowRight")
        expect(page.locator("#_bar")).to_be_hidden()
        words.blur()
        page.keyboard.press("ArrowRight")
        browser.at(f"{RUNS[1]}.0")

    def test_below_all_runs_and_backwards_nothing_begins(self, browser: Visit) -> None:
        page = browser.open("#_quotients")
        for key in ("ArrowRight", "n", "ArrowLeft", "p", "Escape"):
            page.keyboard.press(key)
        browser.at("_quotients")
        page = browser.open()
        page.keyboard.press("ArrowLeft")
        assert not page.locator("#_bar").is_visible()

    def test_a_wide_picture_in_focus_is_moved_by_the_arrows(self, browser: Visit) -> None:
        page = browser.open("#never-running-to-pending")
        page.evaluate("""() => {
          const wide = [...document.querySelectorAll('*')].filter((each) => each !== document.body
            && each.scrollWidth > each.clientWidth && getComputedStyle(each).overflowX === 'auto')[0];
          wide.classList.add('mine');
          wide.tabIndex = 0;
          wide.focus();
        }""")
        page.keyboard.press("ArrowRight")
        expect(page.locator(".mine")).not_to_have_js_property("scrollLeft", 0)
        assert not page.locator("#_bar").is_visible()

    @pytest.mark.parametrize("fragment", ["#none.3", "#terminal-nothing-runs.99", "#%ff", "#x'\"]<b>.1", "#.1"])
    def test_odd_addresses_do_no_harm(self, browser: Visit, fragment: str) -> None:
        page = browser.open(fragment)
        assert not page.locator("#_bar").is_visible()
        assert page.locator("#_claim-table tbody tr:visible").count() == 3

    def test_claims_can_be_filtered(self, browser: Visit) -> None:
        page = browser.open()
        controls = page.locator('[data-rows="_claim-table"]')
        controls.locator("select").select_option("TRUE")
        assert page.locator("#_claim-table tbody tr:visible").count() == 1
        assert not page.locator("article#terminal-nothing-runs").is_visible()
        controls.locator("select").select_option("")
        controls.locator("input").fill("SANDBOX")
        assert controls.locator("output").inner_text() == "1 of 3"

    def test_the_quotient_can_be_filtered(self, browser: Visit) -> None:
        page = browser.open("#_quotient-by-phase")
        controls = page.locator('[data-rows="_by-phase-table"]')
        total = page.locator("#_by-phase-table tbody tr").count()
        controls.locator("select").first.select_option("Running")
        shown = page.locator("#_by-phase-table tbody tr:visible")
        assert {row.split("\t")[0] for row in shown.all_inner_texts()} == {"Running"}
        assert page.locator('figure svg [id^="_by-phase:way-"].off').count() == total - shown.count() > 0
        controls.locator("input").fill("nothing says this")
        assert shown.count() == 0

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_can_be_seen(self, browser: Visit, scheme: str, tmp_path: Path) -> None:
        page = browser.open()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert len(page.screenshot(path=tmp_path / f"{scheme}.png")) > 20_000
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, "the page itself never scrolls sideways"

    def test_on_paper_everything_is_unfolded(self, browser: Visit, tmp_path: Path) -> None:
        page = browser.open()
        page.emulate_media(color_scheme="dark")
        page.evaluate(COUNT_OPEN)
        (tmp_path / "report.pdf").write_bytes(page.pdf(prefer_css_page_size=True))
        folded, printed = page.evaluate("[document.querySelectorAll('details').length, window.unfolded]")
        assert printed == [folded] and folded > 20
        assert page.locator("details[open]").count() == 0, "afterwards it is as it was"
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        if shutil.which("pdftotext"):
            command = ["pdftotext", str(tmp_path / "report.pdf"), "-"]
            words = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            assert "1. scheduler: bind" in words and "init container: init state is not waiting" in words

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_can_be_read_on_a_phone(self, browser: Visit, scheme: str, tmp_path: Path) -> None:
        page = browser.open("#never-running-to-pending.7")
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": 390, "height": 800})
        assert len(page.screenshot(path=tmp_path / f"phone-{scheme}.png")) > 10_000
        assert page.evaluate("document.documentElement.scrollWidth") == 390, "the page itself never scrolls sideways"
        assert page.evaluate(OUTSIDE) == [], "no words of a table are outside of the window"
        assert page.evaluate(CONTRAST) == []

    def test_text_stands_out_and_is_not_cut(self, browser: Visit) -> None:
        """Colours of text against what is behind it, as the browser computes them; cells that hide what is in them."""
        page = browser.open("#terminal-nothing-runs.2")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(CONTRAST) == []
        assert (
            page.evaluate(
                "[...document.querySelectorAll('td, th')].filter(c => c.scrollWidth > c.clientWidth + 1).length"
            )
            == 0
        )

    def test_words_in_pictures_are_not_cut_and_do_not_overlap(self, browser: Visit) -> None:
        counted, wrong = browser.open().evaluate(WORDS)
        assert counted > 500 and wrong == []


COUNT_OPEN = """() => {
  window.unfolded = [];
  addEventListener("beforeprint", () => unfolded.push(document.querySelectorAll("details[open]").length));
}"""
OUTSIDE = """() => [...document.querySelectorAll("td, p, h3")]
  .filter((cell) => cell.getClientRects().length && cell.getBoundingClientRect().right > innerWidth)
  .map((cell) => cell.textContent)"""
WORDS = """() => {
  const wrong = [];
  let counted = 0;
  for (const svg of document.querySelectorAll("figure svg")) {
    const paper = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const boxes = words.map((text) => text.getBoundingClientRect());
    counted += words.length;
    boxes.forEach((box, i) => {
      const inside = (outer, room) => box.left >= outer.left - room && box.right <= outer.right + room;
      const shape = words[i].closest("g.node")?.querySelector("polygon, path, ellipse");
      const cut = !inside(paper, 0) || box.top < paper.top || box.bottom > paper.bottom;
      if (cut) wrong.push(["cut", words[i].textContent]);
      if (shape && !inside(shape.getBoundingClientRect(), 1)) wrong.push(["wider than its box", words[i].textContent]);
      boxes.slice(i + 1).forEach((other, j) => {
        const width = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const height = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (width > 2 && height > 0.4 * Math.min(box.height, other.height))
          wrong.push([words[i].textContent, words[i + 1 + j].textContent]);
      });
    });
  }
  return [counted, wrong];
}"""
CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const paper = rgb(getComputedStyle(at).backgroundColor);
      if (paper.length < 4 || paper[3] > 0) return paper;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("h1, h2, h3, p, a, td, th, pre, summary, caption, label, output, .verdict")]
    .filter((node) => node.textContent.trim() && node.getClientRects().length && !node.closest("svg"))
    .map((node) => [light(rgb(getComputedStyle(node).color)), light(behind(node)), node.outerHTML.slice(0, 80)])
    .filter(([ink, paper]) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5)
    .map(([, , what]) => what);
}"""
