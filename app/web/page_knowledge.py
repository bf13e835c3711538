"""``/knowledge``: documents in, what was understood of them, and a question to try."""

from __future__ import annotations

import html
from typing import Any

from nicegui import events, ui

from app.web.knowledge_gate import KnowledgeGate, Refusal
from app.web.problems import Problem
from core.console import badge, console_page, empty_note, frame, local_time, notify, session_now, t
from core.identity import Role, Session
from core.languages import Language

LARGEST = 20 * 1024 * 1024
MOST_FILES = 20
_KINDS = ".md,.markdown,.html,.htm,.pdf,.docx,.xlsx,.csv,.tsv,.txt"


def register(gate: KnowledgeGate) -> None:
    @console_page("/knowledge", Role.EDITOR)
    async def knowledge_page(session: Session) -> None:
        page = _Page(gate, session)
        with frame(session, t("kb.title"), section="knowledge"), ui.element("div").classes("tp-columns"):
            with ui.element("div").classes("tp-stack"):
                page.build_upload()
                page.build_documents()
            page.build_question()
        await page.show_documents()


class _Page:
    def __init__(self, gate: KnowledgeGate, session: Session) -> None:
        self._gate, self._session = gate, session

    # --- upload ---

    def build_upload(self) -> None:
        with ui.element("section").classes("tp-card"):
            _heading(t("kb.add"))
            ui.label(t("kb.add_note")).classes("tp-muted tp-small").style("margin-bottom: 12px")
            self._upload = (
                ui.upload(
                    label=t("kb.choose"),
                    multiple=True,
                    auto_upload=True,
                    max_file_size=LARGEST,
                    max_files=MOST_FILES,
                    on_multi_upload=self._take,
                    on_rejected=lambda: notify(t("kb.too_large"), "bad"),
                )
                .props(f'accept="{_KINDS}" flat bordered')
                .classes("tp-upload")
            )
            self._progress = ui.linear_progress(value=0, show_value=False).props("indeterminate rounded")
            self._progress.visible = False
            self._news = ui.element("div").classes("tp-stack tp-news").props("aria-live=polite")

    async def _take(self, event: events.MultiUploadEventArguments) -> None:
        if await session_now() is None:
            return
        self._news.clear()
        self._progress.visible = True
        try:
            for file in event.files:
                with self._news:
                    line = ui.label(t("kb.reading", name=file.name)).classes("tp-muted")
                tone, text = await self._add(file.name, await file.read())
                line.text = text
                line.classes(replace="tp-alert" if tone == "bad" else "tp-taken")
        finally:
            self._progress.visible = False
            self._upload.reset()
        await self.show_documents()

    async def _add(self, name: str, data: bytes) -> tuple[str, str]:
        try:
            outcome = await self._gate.add(name, data, self._session.user.username)
        except Problem as problem:
            return "bad", t("kb.refused", name=name, why=problem.message)
        if isinstance(outcome, Refusal):
            return "bad", t("kb.refused", name=name, why=outcome.message)
        return "good", t(
            "kb.added",
            name=name,
            sections=outcome.get("sections", "?"),
            passages=outcome.get("passages", "?"),
            language=language_name(outcome.get("language")),
        )

    # --- documents ---

    def build_documents(self) -> None:
        with ui.element("section").classes("tp-card tp-flush"):
            with ui.element("div").style("padding: 18px 20px 4px"):
                _heading(t("kb.documents"))
            self._documents = ui.element("div")

    async def show_documents(self) -> None:
        try:
            documents = await self._gate.documents()
        except Problem as problem:
            documents, failure = [], problem.message
        else:
            failure = ""
        self._documents.clear()
        with self._documents:
            if failure:
                ui.label(failure).classes("tp-alert").style("margin: 0 20px 18px")
                ui.timer(3.0, self.show_documents, once=True)
            elif not documents:
                empty_note(t("kb.none"))
            else:
                self._table(documents)

    def _table(self, documents: list[dict[str, Any]]) -> None:
        heads = ("name", "language", "sections", "passages", "version", "updated")
        with ui.element("div").classes("tp-scroll"), ui.element("table").classes("tp-table"):
            with ui.element("thead"), ui.element("tr"):
                for head in heads:
                    with ui.element("th").props("scope=col"):
                        ui.label(t(f"kb.{head}"))
                ui.element("th").props(f'aria-label="{t("kb.remove")}"')
            with ui.element("tbody"):
                for document in documents:
                    self._row(document)

    def _row(self, document: dict[str, Any]) -> None:
        with ui.element("tr"):
            with ui.element("td"):
                ui.label(document.get("title") or document["name"]).style("font-weight: 550")
                if document.get("title") and document["title"] != document["name"]:
                    ui.label(document["name"]).classes("tp-muted tp-small")
            with ui.element("td"):
                ui.label(language_name(document.get("language")))
            for key in ("sections", "passages", "version"):
                with ui.element("td").classes("tp-number"):
                    ui.label(str(document.get(key, "")))
            with ui.element("td").classes("tp-small"):
                local_time(document.get("updated_at"))
            with ui.element("td").classes("tp-right"):
                label = f"{t('kb.remove')}: {document['name']}"
                ui.button(icon="delete_outline", on_click=lambda: self._ask_to_remove(document)).props(
                    f'flat round dense aria-label="{html.escape(label)}"'
                ).classes("tp-icon-button")

    async def _ask_to_remove(self, document: dict[str, Any]) -> None:
        name = document["name"]
        with ui.dialog() as dialog, ui.card().props("role=alertdialog"):
            ui.label(t("kb.remove_sure", name=name))
            with ui.element("div").classes("tp-row").style("justify-content: flex-end; width: 100%"):
                ui.button(t("kb.cancel"), on_click=lambda: dialog.submit(False)).props("flat autofocus")
                ui.button(t("kb.remove"), on_click=lambda: dialog.submit(True), color="negative")
        sure = await dialog
        dialog.delete()
        if not sure or await session_now() is None:
            return
        try:
            await self._gate.remove(document["id"])
        except Problem as problem:
            notify(t("kb.failed", why=problem.message), "bad")
        else:
            notify(t("kb.removed", name=name), "good")
        await self.show_documents()

    # --- a question ---

    def build_question(self) -> None:
        languages = {"": t("kb.all_languages")} | {one.value: one.own_name for one in Language}
        with ui.element("section").classes("tp-card"):
            _heading(t("kb.try"))
            self._question = ui.input(t("kb.question")).props("maxlength=1000").style("width: 100%")
            self._question.on("keydown.enter", self._ask)
            with ui.element("div").classes("tp-row").style("margin: 10px 0"):
                self._in = ui.select(languages, value="", label=t("kb.language")).style("min-width: 160px")
                ui.button(t("kb.search"), icon="search", on_click=self._ask)
            self._found = ui.element("div").classes("tp-stack").props("aria-live=polite")

    async def _ask(self) -> None:
        question = (self._question.value or "").strip()
        if not question:
            return
        language = Language(self._in.value) if self._in.value else None
        answer: dict[str, Any] | None = None
        try:
            passages = await self._gate.search(question, language, 5)
            if language is not None:
                answer = await self._gate.answer(question, language)
        except Problem as problem:
            notify(t("kb.failed", why=problem.message), "bad")
            return
        self._found.clear()
        with self._found:
            if language is not None:
                with ui.element("div").classes("tp-says"):
                    _small_heading(t("kb.says"))
                    ui.label(str(answer["text"]) if answer and answer.get("text") else t("kb.says_nothing"))
            if not passages:
                empty_note(t("kb.nothing"))
            for passage in passages:
                _passage(passage)


def _passage(passage: dict[str, Any]) -> None:
    with ui.element("article").classes("tp-passage"):
        with ui.element("div").classes("tp-row").style("gap: 8px; margin-bottom: 6px"):
            badge(t("kb.score", score=f"{float(passage['score']):.2f}"), "info")
            ui.label(passage.get("document", "")).style("font-weight: 550")
            if passage.get("section"):
                ui.label(passage["section"]).classes("tp-muted tp-small")
        ui.label(passage["text"]).classes("tp-passage-text").props(f'lang="{passage.get("language") or ""}"')


def language_name(code: Any) -> str:
    """A language in itself; documents may be in none of the four."""
    try:
        return Language(str(code)).own_name
    except ValueError:
        return t("kb.other")


def _heading(text: str) -> None:
    ui.html(f"<h2>{html.escape(text)}</h2>", sanitize=False)


def _small_heading(text: str) -> None:
    ui.html(f"<h3>{html.escape(text)}</h3>", sanitize=False)
