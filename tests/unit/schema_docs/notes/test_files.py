import json
from pathlib import Path

from schema_docs.notes.files import NotesFile, merge_files, read_files
from schema_docs.notes.safe_yaml import MAX_FILE_BYTES


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.yml").write_text("b")
    (tmp_path / "a.yaml").write_text("a")
    (tmp_path / "sub" / "c.yml").write_bytes(b"\xff")
    (tmp_path / "readme.txt").write_text("no")
    assert [file.name for file in read_files(tmp_path)] == ["a.yaml", "b.yml", "sub/c.yml"]


def test_of_markdown_only_pages_with_front_matter_are_notes(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A project")
    (tmp_path / "active.md").write_text("---\nterm: active\n---\nOrdered lately.")
    assert [file.name for file in read_files(tmp_path)] == ["active.md"]


def test_what_holds_passwords_or_belongs_to_others_is_left_alone(tmp_path: Path) -> None:
    for name in ("profiles.yml", "dbt_project.yml", ".hidden/a.yml", "dbt_packages/x/schema.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("models: []")
    assert read_files(tmp_path) == ()


def test_of_a_manifest_only_what_is_used_is_kept(tmp_path: Path) -> None:
    node = {"resource_type": "model", "name": "orders", "description": "Sales.", "raw_code": "select 1"}
    text = json.dumps({"nodes": {"model.shop.orders": node}, "macros": {"x": "y" * 1_000}})
    (tmp_path / "manifest.json").write_text(text)
    (file,) = read_files(tmp_path)
    assert "Sales." in file.text
    assert "select 1" not in file.text
    assert len(file.text) < 300


def test_no_more_of_a_file_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a" * (MAX_FILE_BYTES + 500))
    assert len(read_files(tmp_path)[0].text) == MAX_FILE_BYTES + 1


def test_a_file_takes_the_place_of_the_one_of_its_name_and_comes_last() -> None:
    before = [NotesFile("a.yml", "1"), NotesFile("b.yml", "2")]
    assert merge_files(before, [NotesFile("a.yml", "3")]) == (
        NotesFile("b.yml", "2"),
        NotesFile("a.yml", "3"),
    )


def test_a_page_outranks_yaml_and_that_a_manifest() -> None:
    ranks = [NotesFile(name, "").rank for name in ("manifest.json", "x/schema.yml", "x/Page.MD")]
    assert ranks == [0, 1, 2]
