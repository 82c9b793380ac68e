"""`dockyard receipt`: what the last `down` of a stack wrote down."""

from dockyard import receipt, show
from dockyard.project import Project


def run(project: Project, name: str, *, as_json: bool) -> None:
    file, found = receipt.last(project, name)
    if as_json:
        show.data(found.plain())
        return
    for text in found.lines():
        show.line(text)
    show.say(f"The same as JSON: {file.relative_to(project.root)}")
