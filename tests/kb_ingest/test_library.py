"""Versions, search, answers, rebuilding: over a real database and a real embedded index. Category: integration."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from core.languages import Language
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.index.server import ServerIndex
from kb_ingest.library import Library, UnknownDocument, clean_name
from kb_ingest.parsing import DocumentRefused

RETURNS = """# Returns

## How long can I return something?

Most items can be returned within 30 days of delivery.

## Who pays the postage?

We pay the postage if the item is faulty.
"""
NEW_RETURNS = RETURNS.replace("30 days", "60 days")
RETOUREN = "# 退货\n\n## 多少天之内可以退货？\n\n大部分商品签收后三十天内可以退货。\n"


async def add(library, name="returns.md", text=RETURNS):
    return await library.add(name, text.encode(), "editor")


async def test_an_added_document_is_found_listed_and_removed(library):
    added = await add(library)
    assert (added.title, added.language, added.sections, added.passages, added.version) == (
        "Returns",
        Language.EN,
        2,
        2,
        1,
    )
    [hit] = await library.search("postage faulty item", Language.EN, 1)
    assert hit.text == "We pay the postage if the item is faulty."
    assert (hit.document, hit.section) == ("Returns", "Returns > Who pays the postage?")
    assert 0 < hit.score <= 1
    [listed] = await library.list()
    assert (listed.id, listed.uploaded_by) == (added.id, "editor")
    await library.remove(added.id)
    assert await library.search("postage", None) == []
    assert await library.list() == []


async def test_the_same_name_is_a_new_version_and_only_changed_passages_are_embedded(library, embedder):
    await add(library)
    embedder.embedded.clear()
    second = await add(library, text=NEW_RETURNS)
    assert second.version == 2
    assert len(embedder.embedded) == 1 and "60 days" in embedder.embedded[0]
    texts = [hit.text for hit in await library.search("returned within days of delivery", None, 10)]
    assert any("60 days" in text for text in texts)
    assert not any("30 days" in text for text in texts)
    assert len(await library.list()) == 1


async def test_the_same_file_again_changes_nothing(library, embedder):
    await add(library)
    embedder.embedded.clear()
    again = await add(library)
    assert again.unchanged and again.version == 1
    assert embedder.embedded == []


async def test_the_old_version_answers_until_the_new_one_is_in(library, embedder, monkeypatch):
    await add(library)
    reached, go_on = asyncio.Event(), asyncio.Event()
    publish = library._store.publish

    async def held(*arguments):
        reached.set()
        await go_on.wait()
        await publish(*arguments)

    monkeypatch.setattr(library._store, "publish", held)
    adding = asyncio.create_task(add(library, text=NEW_RETURNS))
    await reached.wait()
    # All new points are in the index already; none may be seen.
    before = [hit.text for hit in await library.search("returned within days of delivery", None, 10)]
    assert any("30 days" in text for text in before) and not any("60 days" in text for text in before)
    go_on.set()
    await adding
    after = [hit.text for hit in await library.search("returned within days of delivery", None, 10)]
    assert any("60 days" in text for text in after) and not any("30 days" in text for text in after)


async def test_an_upload_that_breaks_off_changes_nothing_and_is_cleaned_up_at_the_next_start(
    library, database, tmp_path, embedder, monkeypatch
):
    await add(library)

    async def fail(*_arguments):
        raise OSError("disk full")

    monkeypatch.setattr(library._store, "publish", fail)
    with pytest.raises(OSError):
        await add(library, text=NEW_RETURNS)
    assert "30 days" in (await library.search("returned within days", None, 1))[0].text
    await library.close()
    again = Library(database, EdgeIndex(tmp_path / "index"), embedder, embedder_name="hashing")
    assert await again.start() == 1
    assert await again._index.ids() == await again._store.passage_ids()
    await again.close()


async def test_a_refused_new_version_leaves_the_old_one(library):
    await add(library)
    with pytest.raises(DocumentRefused):
        await library.add("returns.md", b"   ", "editor")
    assert (await library.list())[0].version == 1
    assert await library.search("postage", None)


async def test_search_and_answers_stay_in_the_callers_language(library):
    await add(library)
    await add(library, "returns.zh.md", RETOUREN)
    assert {hit.language for hit in await library.search("退货", Language.ZH)} == {Language.ZH}
    assert {hit.language for hit in await library.search("退货 returned", None)} == {Language.ZH, Language.EN}
    assert await library.answer("多少天之内可以退货", Language.KO) is None


async def test_a_document_in_another_language_is_kept_but_never_answers(library):
    text = (
        "# Rückgabe\n\nDie Rückgabe ist innerhalb von dreißig Tagen nach der Lieferung kostenlos möglich.\n"
    )
    added = await add(library, "rueckgabe.md", text)
    assert added.language is None
    assert await library.search("Rückgabe Lieferung", None)
    for language in Language:
        assert await library.search("Rückgabe", language) == []
        assert await library.answer("Rückgabe", language) is None


async def test_an_answer_is_whole_sentences_of_the_passage_or_nothing(library):
    await add(library)
    await add(library, "care.md", "# Care\n\nWash linen at thirty degrees. Do not bleach it.\n")
    answer = await library.answer("How long can I return something?", Language.EN)
    assert answer is not None
    assert answer.text == "Most items can be returned within 30 days of delivery."
    assert answer.language is Language.EN and 0.7 <= answer.score <= 1
    assert await library.answer("Who is the president of France?", Language.EN) is None
    assert await library.answer("  ", Language.EN) is None


async def test_a_long_passage_is_cut_to_what_can_be_spoken(library):
    sentences = [
        f"Item {number} has its own words, {word} {word}ish {word}like."
        for number, word in enumerate("abcdef")
    ]
    sentences[3] = (
        "The warranty on an oak table lasts three full years from the day of delivery to your home."
    )
    await add(
        library, "w.md", "# Warranty on an oak table, years from delivery\n\n" + " ".join(sentences) + "\n"
    )
    answer = await library.answer("warranty on an oak table lasts years from delivery", Language.EN)
    assert answer is not None
    assert "oak table lasts three full years" in answer.text
    assert len(answer.text) <= 260
    assert all(part in " ".join(sentences) for part in answer.text.split(". "))


async def test_a_row_is_answered_with_its_name_and_the_column_asked_for(library):
    table = "Item,Name,Material,Size,Price\nHG-1,Wool rug,wool,2 m,189 dollars\nHG-2,Lamp,paper,38 cm,36 dollars\n"
    await add(library, "prices.csv", table)
    answer = await library.answer("How much is the wool rug price?", Language.EN)
    assert answer is not None
    assert answer.text == "Name: Wool rug. Price: 189 dollars."


async def test_an_index_that_is_lost_is_made_again_without_embedding(library, database, tmp_path, embedder):
    await add(library)
    await library.close()
    shutil.rmtree(tmp_path / "index")
    embedder.embedded.clear()
    again = Library(database, EdgeIndex(tmp_path / "index"), embedder, embedder_name="hashing")
    assert await again.start() == 2
    assert await again.search("postage", None)
    assert embedder.embedded == []
    await again.close()


async def test_a_damaged_index_is_made_again_at_start(library, database, tmp_path, embedder):
    await add(library)
    await library.close()
    (tmp_path / "index" / "edge_config.json").write_text("{")
    again = Library(database, EdgeIndex(tmp_path / "index"), embedder, embedder_name="hashing")
    assert await again.start() == 2
    assert await again.search("postage", None)
    await again.close()


async def test_another_embedder_makes_all_vectors_anew(library, database, tmp_path, embedder):
    await add(library)
    await library.close()
    embedder.embedded.clear()
    again = Library(database, EdgeIndex(tmp_path / "index"), embedder, embedder_name="other")
    assert await again.start() == 2
    assert len(embedder.embedded) == 2
    await again.close()
    third = Library(database, EdgeIndex(tmp_path / "index"), embedder, embedder_name="other")
    assert await third.start() == 0
    await third.close()


async def test_rebuild_gives_the_same_hits(library):
    await add(library)
    before = await library.search("postage faulty", None)
    steps = []
    assert await library.rebuild(lambda done, of: steps.append((done, of))) == 2
    assert await library.search("postage faulty", None) == before
    assert steps == [(2, 2)]


async def test_a_bulk_upload_reports_each_file_and_goes_on_after_a_refusal(library):
    files = [("a.md", RETURNS.encode()), ("b.pdf", b"%PDF-1.7 broken"), ("c.md", RETOUREN.encode())]
    outcomes = [outcome async for outcome in library.add_many(files, "editor")]
    assert [outcome.name for outcome in outcomes] == ["a.md", "b.pdf", "c.md"]
    assert [outcome.refused.code if outcome.refused else "" for outcome in outcomes] == ["", "corrupt", ""]
    assert len(await library.list()) == 2


async def test_progress_counts_passages(library):
    steps = []
    await library.add("returns.md", RETURNS.encode(), "editor", lambda done, of: steps.append((done, of)))
    assert steps == [(1, 2), (2, 2)]


async def test_what_was_understood_of_every_version_is_kept(library):
    added = await add(library)
    await add(library, text=NEW_RETURNS)
    first = await library._store.parsed(added.id, 1)
    assert first is not None and "30 days" in first.text
    assert [passage.ordinal for passage in await library.passages(added.id)] == [0, 1]


async def test_two_uploads_at_once_under_one_name_become_two_versions(library):
    results = await asyncio.gather(add(library), add(library, text=NEW_RETURNS))
    assert sorted(result.version for result in results) == [1, 2]
    assert len(await library.list()) == 1
    assert await library._index.ids() == await library._store.passage_ids()


async def test_unknown_documents_and_nameless_files(library):
    with pytest.raises(UnknownDocument):
        await library.remove("nothing")
    with pytest.raises(DocumentRefused) as caught:
        clean_name("../..")
    assert caught.value.code == "no_name"
    assert clean_name("C:\\docs\\价格.csv") == "价格.csv"


async def test_the_library_works_over_a_server_index_too(database, embedder):
    library = Library(database, ServerIndex(":memory:"), embedder, embedder_name="hashing")
    await library.start()
    await add(library)
    await add(library, text=NEW_RETURNS)
    answer = await library.answer("How long can I return something?", Language.EN)
    assert answer is not None and "60 days" in answer.text
    await library.close()
