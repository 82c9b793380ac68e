"""`dockyard price`: what a lab costs, item by item, and where the figures come from."""

from dataclasses import asdict

from dockyard import live_prices, price, show
from dockyard.description import read
from dockyard.project import Project


def run(project: Project, name: str, *, live: bool, as_json: bool) -> None:
    lab = read(project.description(name), ended=True).lab
    found = price.price(lab)
    if found is None:
        if as_json:
            show.data({"items": [], "hour": None, "until_it_ends": None, "live": {}})
        show.say(f"Nobody is paid for a lab on {lab.target}, or no table of prices is there.")
        return
    now = live_prices.ask(lab) if live else {}
    if as_json:
        show.data({**asdict(found), "hour": found.hour, "until_it_ends": found.whole, "live": now})
        return
    rows = [
        (one.what, str(one.count), _money(one.hour), one.region, _money(now.get(one.what)))
        for one in found.items
    ]
    columns = ("what", "count", "USD/hour", "prices of", "today")
    show.table(columns if live else columns[:4], [row if live else row[:4] for row in rows])
    for line in price.lines(lab):
        show.say(line)
    for line in price.compared(found, now) if live else ():
        show.say(line)
    for source in found.sources:
        show.say(f"  source: {source}")


def _money(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.5f}"
