"""Charts read as drawings: their words, the lengths of their bars, and the same bytes each time."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from flask import Flask
from playwright.sync_api import Page

from app.charts import Group, bar_distribution, mean_chart
from app.charts_palette import DEFAULT, brand_palette
from app.surveys.rules_statistics import Options, summarise, summarise_mean
from app.surveys.rules_summaries import ChoiceSummary, Distribution, JarSummary, NpsSummary, ScaleSummary

SVG = "{http://www.w3.org/2000/svg}"
AXIS = ["0%", "25%", "50%", "75%", "100%"]
ENDS = ("not at all", "very much")
LIKING = ("1 · not at all", *"2345678", "9 · very much")


def words(svg: str) -> list[str]:
    """Return what a chart says, in drawing order: matplotlib notes each outlined text in a comment."""
    return [text.strip().replace("\u00a0", " ") for text in re.findall(r"<!--(.*?)-->", svg, re.DOTALL)]


def elements(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter())  # noqa: S314  (we drew it ourselves)


def widths(svg: str, colour: str) -> list[float]:
    """Return the widths of the rectangles of a colour, from top to bottom."""
    found = []
    for path in elements(svg):
        if path.get("style") == f"fill: {colour}":
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
            found.append(max(numbers[::2]) - min(numbers[::2]))
    return found


def strokes(svg: str, colour: str) -> int:
    """Count the lines of a colour."""
    return len(re.findall(rf'style="fill: none; stroke: {colour}', svg))


def yes_no(yes: int, no: int) -> Distribution:
    summary = summarise("yesno", [1] * yes + [0] * no)
    assert isinstance(summary, ChoiceSummary)
    return summary.distribution


def scale(kind: str, values: Sequence[int | None]) -> ScaleSummary:
    summary = summarise(kind, values)
    assert isinstance(summary, ScaleSummary)
    return summary


def test_bars_are_as_long_as_their_shares_on_a_whole_axis(app: Flask) -> None:
    svg = bar_distribution(yes_no(90, 30), ["Yes", "No"], locale="en")
    yes, no = widths(svg, DEFAULT.series[0])
    whole = widths(svg, DEFAULT.track)
    assert (yes / whole[0], no / whole[1]) == pytest.approx((0.75, 0.25), abs=1e-4)
    assert words(svg)[:5] == AXIS


def test_a_chart_prints_its_base_and_says_what_the_lines_are(app: Flask) -> None:
    svg = bar_distribution(yes_no(90, 30), ["Yes", "No"], locale="en")
    assert words(svg)[5:] == ["Yes", "75%", "No", "25%", "Base: 120 people. Thin lines: 95% intervals."]
    assert strokes(svg, DEFAULT.ink) == 2 * 3, "each interval is a line and its two caps"


def test_a_chart_says_how_many_were_asked_when_some_did_not_answer(app: Flask) -> None:
    summary = scale("scale5", [5] * 110 + [None] * 10)
    svg = bar_distribution(summary.distribution, ["1", "2", "3", "4", "5"], locale="en")
    assert "Base: 110 of the 120 people asked." in words(svg)[-1]


def test_a_small_base_asks_to_be_read_with_care(app: Flask) -> None:
    svg = bar_distribution(yes_no(30, 30), ["Yes", "No"], locale="en")
    assert "read with care" in words(svg)[-1]


def test_under_thirty_answers_a_chart_counts_people_without_intervals(app: Flask) -> None:
    svg = bar_distribution(yes_no(15, 5), ["Yes", "No"], locale="en")
    assert words(svg)[:6] == ["0", "20", "Yes", "15", "No", "5"]
    assert strokes(svg, DEFAULT.ink) == 0
    assert "Fewer than 30 answers" in words(svg)[-1]
    assert widths(svg, DEFAULT.series[0])[0] / widths(svg, DEFAULT.track)[0] == pytest.approx(0.75, abs=1e-4)


def test_nobody_answered_is_still_a_chart(app: Flask) -> None:
    assert "Base: 0 people." in words(bar_distribution(yes_no(0, 0), ["Yes", "No"], locale="en"))[-1]


def test_several_answers_are_said_to_be_possible(app: Flask) -> None:
    summary = summarise("multiple", [{"a", "b"}] * 40, Options(choices=("a", "b")))
    assert isinstance(summary, ChoiceSummary)
    svg = bar_distribution(summary.distribution, ["A", "B"], locale="en")
    assert " ".join(words(svg)).endswith("Several answers were possible.")


def test_french_writes_its_own_numbers(app: Flask) -> None:
    svg = bar_distribution(yes_no(900, 300), ["Oui", "Non"], locale="fr")
    assert "75,0 %" in words(svg)
    assert "1 200" in words(svg)[-1]


def test_a_scale_reads_from_the_top(app: Flask) -> None:
    summary = scale("liking9", [7, 8, 9] * 40)
    svg = bar_distribution(summary.distribution, LIKING, locale="en", descending=True)
    names = words(svg)[5:-1:2]
    assert names == ["9 · very much", "8", "7", "6", "5", "4", "3", "2", "1 · not at all"]


def test_a_group_has_a_colour_a_name_and_its_share(app: Flask) -> None:
    summary = scale("liking9", [6, 8, 9, 9] * 30)
    top2 = summary.boxes[0]
    svg = bar_distribution(
        summary.distribution,
        LIKING,
        locale="en",
        groups=[Group(("8", "9"), "Top 2 box", top2)],
    )
    assert words(svg)[-2:] == ["75%", "Top 2 box"]
    assert [round(width) > 0 for width in widths(svg, DEFAULT.series[0])] == [True, True]
    assert len(widths(svg, DEFAULT.quiet)) == 7


def test_nps_groups_have_the_three_colours(app: Flask) -> None:
    summary = summarise("nps", [10, 8, 3] * 40)
    assert isinstance(summary, NpsSummary)
    groups = [
        Group(("9", "10"), "Promoters", summary.promoters),
        Group(("7", "8"), "Passives", summary.passives, tone=2),
        Group(tuple("0123456"), "Detractors", summary.detractors, tone=1),
    ]
    svg = bar_distribution(summary.distribution, list(summary.distribution.keys), groups=groups)
    assert [len(widths(svg, colour)) for colour in DEFAULT.series] == [2, 7, 2]


def test_a_group_of_one_row_does_not_repeat_its_figure(app: Flask) -> None:
    summary = summarise("jar5", [1, 3, 3, 5] * 30)
    assert isinstance(summary, JarSummary)
    group = Group(("3",), "Just right", summary.jar.part)
    labels = ["1 · not enough", "2", "3 · just right", "4", "5 · too much"]
    svg = bar_distribution(summary.distribution, labels, locale="en", groups=[group])
    assert words(svg).count("50%") == 2, "once on the axis, once beside the row"
    assert "3 · just right" in words(svg)


def test_means_stand_on_the_whole_scale_with_bases_and_ends(app: Flask) -> None:
    rows = [("Prototype B", summarise_mean([6, 8] * 60, 1, 9)), ("Current", summarise_mean([5] * 12, 1, 9))]
    svg = mean_chart(rows, ENDS, locale="en")
    said = words(svg)
    assert said[:9] == [str(point) for point in range(1, 10)]
    assert said[9:11] == ["not at all", "very much"]
    assert said[11:15] == ["Prototype B", "7.0", "Current", "–"]
    assert said[-2:] == ["n = 120", "n = 12"]
    assert "No mean is given of fewer than 30 answers." in svg
    assert strokes(svg, DEFAULT.ink) == 3


def test_the_same_data_give_the_same_bytes(app: Flask) -> None:
    first = bar_distribution(yes_no(90, 30), ["Oui", "Non"])
    assert first == bar_distribution(yes_no(90, 30), ["Oui", "Non"])
    assert "Matplotlib" not in first
    assert "dc:date" not in first


def test_a_chart_fetches_nothing_and_runs_nothing(app: Flask) -> None:
    svg = bar_distribution(yes_no(90, 30), ["<script>alert(1)</script>", "-->"])
    tags = {element.tag.removeprefix(SVG) for element in elements(svg)}
    assert tags <= {"svg", "defs", "style", "g", "path", "use", "clipPath", "rect"}
    assert set(re.findall(r'xlink:href="(.)', svg)) == {"#"}


def test_labels_are_words_and_never_formulas_nor_empty_boxes(app: Flask) -> None:
    svg = bar_distribution(yes_no(90, 30), ["From $5 to $6", "Strawberry 🍓 Œuf Ångström"])
    assert "From $5 to $6" in words(svg)
    assert "Strawberry  Œuf Ångström" in words(svg)


def test_long_labels_wrap(app: Flask) -> None:
    svg = bar_distribution(
        yes_no(90, 30), ["The texture, which is firmer than it has ever been", "No"], width=360
    )
    assert words(svg)[3:6] == ["The texture, which is", "firmer than it has ever", "been"]


def test_a_narrow_axis_keeps_its_ends_and_drops_steps_that_would_touch(app: Flask) -> None:
    label = "The texture, which is firmer than it has ever been"
    assert words(bar_distribution(yes_no(90, 30), [label, "No"], width=360))[:3] == ["0 %", "50 %", "100 %"]


def test_colours_come_from_the_brand_and_stay_apart_in_grey(app: Flask) -> None:
    one_blue = brand_palette("#003399", "#003399", "#003399")
    assert len(set(one_blue.series)) == 3
    assert brand_palette("#000000", "#003399", "#ffcc00").series[0] not in DEFAULT.series
    svg = bar_distribution(yes_no(90, 30), ["Yes", "No"], one_blue)
    assert len(widths(svg, one_blue.series[0])) == 2


def test_a_dark_page_has_light_words(app: Flask) -> None:
    dark = brand_palette("#17362b", "#b3452a", "#f5be3c", dark=True)
    svg = bar_distribution(yes_no(90, 30), ["Yes", "No"], dark)
    assert f"fill: {dark.ink}" in svg
    assert DEFAULT.ink not in svg


COUNT_GREEN = """async (colour) => {
  const img = document.querySelector("img");
  await img.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(img, 0, 0);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const hex = (i) => "#" + [...data.slice(i, i + 3)].map((v) => v.toString(16).padStart(2, "0")).join("");
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += data[i + 3] === 255 && hex(i) === colour;
  return count;
}"""


@pytest.mark.browser
def test_a_browser_paints_the_colours_under_the_strict_policy(app: Flask, page: Page) -> None:
    """The SVG has style attributes, which the page’s policy forbids in the page but not inside a picture."""
    svg = bar_distribution(yes_no(90, 30), ["Oui", "Non"])
    data = base64.b64encode(svg.encode()).decode()
    page.route(
        "**/*",
        lambda route: route.fulfill(
            body=f'<!doctype html><img alt="" src="data:image/svg+xml;base64,{data}">',
            headers={
                "Content-Type": "text/html",
                "Content-Security-Policy": "default-src 'self'; style-src 'self' 'nonce-x'; img-src 'self' data:",
            },
        ),
    )
    page.goto("http://terrain.invalid/")
    bars = sum(widths(svg, DEFAULT.series[0])) / 0.75 * 16
    assert page.evaluate(COUNT_GREEN, DEFAULT.series[0]) > bars * 0.7, "whiskers cover the rest"
