from __future__ import annotations

import base64
import hashlib
import json

import pytest
from sqlmodel import select

from gateway import streams
from gateway.routes import uploads as upload_routes
from gateway.store.engine import reading
from gateway.store.tables import Submission
from gateway.submissions import forms
from gateway.submissions import uploads as sealed_uploads

CONTENT = b"person_id,age,harm,note,consent\nMariposa Quintero,30,Labour,,anonymized\n"
SIZE = len(CONTENT)
SUBMITS = [
    {
        "agreement": "gives",
        "dataset": "cases",
        "submits": True,
        "starts": "2026-01-01",
        "ends": "2026-12-31",
    }
]
RECIPE = {"recipe": "monthly", "dataset": "cases", "columns": {"person_id": "Nombre"}}
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def shelter(gateway):
    return gateway.add_partner("shelter", agreements=SUBMITS)


def send(asking, content=CONTENT, name="cases.csv", key=None, **fields):
    files = [("file", (name, content))]
    headers = {**asking.bearer(), **({"Idempotency-Key": key} if key else {})}
    data = {"dataset": "cases", **fields}
    return asking.gateway.http.post("/v1/submissions", data=data, files=files, headers=headers)


def metadata(**fields):
    told = {"dataset": "cases", "filename": "cases.csv", **fields}
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())


def tus(asking, method, path, content=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {**TUS, **asking.bearer(), **named}
    return asking.gateway.http.request(method, path, content=content, headers=sent)


def create(asking, length=SIZE, **fields):
    told = {"Upload_Length": str(length), "Upload_Metadata": metadata(**fields)}
    return tus(asking, "POST", "/v1/submissions", **told)


def patch(asking, path, offset, content, **headers):
    told = {"Upload_Offset": str(offset), "Content_Type": "application/offset+octet-stream"}
    return tus(asking, "PATCH", path, content, **{**told, **headers})


def rows(gateway):
    with reading(gateway.context.store) as session:
        return list(session.exec(select(Submission).order_by(Submission.sequence)))


def in_plain(gateway, needle=b"Mariposa"):
    files = [path for path in gateway.context.home.path.rglob("*") if path.is_file()]
    return [path for path in files if needle in path.read_bytes()]


def test_a_form_is_received_and_can_be_watched(gateway, shelter):
    answer = send(shelter, labels='{"share_with": ["ngo"]}', mode="replace")
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    here = answer.headers["location"]
    assert shelter.get(here).json() == answer.json()
    assert answer.json()["links"] == {"self": here}
    (row,) = rows(gateway)
    assert (row.mode, row.labels) == ("replace", '{"share_with":["ngo"]}')
    assert not in_plain(gateway)


def test_the_very_same_form_twice_is_one_submission(gateway, shelter):
    first, again = send(shelter).json(), send(shelter).json()
    assert again == first
    assert [row.state for row in rows(gateway)] == ["received", "repeated"]


def test_with_a_key_an_answer_comes_again_and_other_bytes_are_refused(gateway, shelter):
    first, again = send(shelter, key="one"), send(shelter, key="one")
    assert (again.status_code, again.content) == (202, first.content)
    other = send(shelter, CONTENT + b"x", key="one")
    assert (other.status_code, len(rows(gateway))) == (422, 1)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"dataset": ""}, "missing-key"),
        ({"datset": "cases"}, "unknown-key"),
        ({"mode": "remove"}, "not-one-of"),
        ({"dry_run": "maybe"}, ""),
        ({"labels": "{"}, "body-not-json"),
        ({"labels": '{"share_wth": []}'}, "unknown-key"),
        ({"recipe": "unheard"}, "recipe-unknown"),
        ({"recipe": "recipe: a\ndataset: other\ncolumns: {person_id: x}"}, "recipe-of-another"),
        ({"new_recipe": "x"}, "unknown-key"),
    ],
)
def test_what_is_not_valid_is_named_and_nothing_is_kept(gateway, shelter, fields, rule):
    answer = send(shelter, **fields)
    assert answer.status_code == 400
    assert answer.json()["reasons"][0]["rule"].startswith(rule)
    assert rows(gateway) == []


def test_a_form_without_a_file_or_that_ends_early_is_none(gateway, shelter):
    url, headers = "/v1/submissions", shelter.bearer()
    form = {**headers, "Content-Type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    dataset = part % (b"dataset", b"", b"cases")
    file = part % (b"file", b'; filename="a.csv"', CONTENT)
    for body, rule in (
        (dataset + b"--b--\r\n", "files-missing"),
        (dataset + file, "form-invalid"),
        (dataset + file + dataset + b"--b--\r\n", "form-field-twice"),
        (dataset + file + part % (b"mode", b"", b"append") + b"--b--\r\n", "form-field-late"),
        (dataset + file.replace(b"a.csv", b"../") + b"--b--\r\n", "file-name-missing"),
        (b"garbage" * 9, "form-invalid"),
        (part % (b"x", b"", b"y" * 300_000), "form-invalid"),
    ):
        answer = gateway.http.post(url, content=body, headers=form)
        assert answer.status_code == 400
        assert answer.json()["reasons"][0]["rule"] == rule
    assert rows(gateway) == []
    assert not list(gateway.context.home.incoming_dir.glob("*"))
    assert gateway.http.post(url, content=b"{}", headers=headers).status_code == 415


def test_who_may_not_submit_is_refused_before_anything_is_written(gateway, harbor):
    for answer in (send(harbor), create(harbor)):
        assert (answer.status_code, answer.json()["reasons"][0]["rule"]) == (403, "may-not-submit")
    assert send(harbor, dataset="elsewhere").status_code == 403
    assert not gateway.context.home.incoming_dir.exists()
    assert gateway.http.post("/v1/submissions", files={"file": b"x"}).status_code == 401
    harbor._token = harbor.token(scope="extracts:read extracts:write")
    assert send(harbor).status_code == 403


def test_a_body_that_is_too_long_says_so_or_not_is_refused(gateway, shelter, monkeypatch):
    for module in (streams, forms, upload_routes):
        monkeypatch.setattr(module, "MAX_UPLOAD_BYTES", 1000)

    def unannounced():
        yield b'--b\r\nContent-Disposition: form-data; name="dataset"\r\n\r\ncases\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 100

    assert send(shelter, b"x" * 2000).status_code == 413
    headers = {**shelter.bearer(), "Content-Type": "multipart/form-data; boundary=b"}
    answer = gateway.http.post("/v1/submissions", content=unannounced(), headers=headers)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert create(shelter, 1001).status_code == 413
    assert rows(gateway) == []


def test_an_upload_goes_on_where_it_ended(gateway, shelter, monkeypatch):
    monkeypatch.setattr(sealed_uploads, "SEGMENT_BYTES", 16)
    created = create(shelter)
    assert (created.status_code, created.headers["upload-offset"]) == (201, "0")
    path = created.headers["location"]
    first = patch(shelter, path, 0, CONTENT[:50])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "50")
    head = tus(shelter, "HEAD", path)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("50", str(SIZE))
    assert head.headers["cache-control"] == "no-store"
    assert not in_plain(gateway)
    last = patch(shelter, path, 50, CONTENT[50:])
    here = path.removesuffix("/content")
    assert (last.headers["upload-offset"], last.headers["content-location"]) == (str(SIZE), here)
    assert shelter.get(here).json()["state"] == "received"
    with sealed(gateway).open() as file:
        assert file.read() == CONTENT


def sealed(gateway):
    from gateway.submissions.sealing import open_upload

    (row,) = rows(gateway)
    return open_upload(gateway.context.keys, row).opened(gateway.context.home, row.id)[0]


def test_the_first_bytes_may_come_with_the_creation(gateway, shelter):
    told = {"Upload_Length": str(SIZE), "Upload_Metadata": metadata(dry_run="true")}
    kind = "application/offset+octet-stream"
    answer = tus(shelter, "POST", "/v1/submissions", CONTENT, Content_Type=kind, **told)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(SIZE))
    (row,) = rows(gateway)
    assert (row.state, row.dry_run) == ("received", True)


def test_a_creation_sent_again_under_its_key_is_one(gateway, shelter):
    told = {"Upload_Length": str(SIZE), "Upload_Metadata": metadata(), "Idempotency_Key": "one"}
    first, again = (tus(shelter, "POST", "/v1/submissions", **told) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    assert len(rows(gateway)) == 1


def test_only_the_next_byte_is_taken(shelter):
    path = create(shelter).headers["location"]
    assert patch(shelter, path, 5, CONTENT[5:]).status_code == 409
    assert patch(shelter, path, 0, CONTENT + b"x").status_code == 413
    assert patch(shelter, path, 0, CONTENT, Content_Type="text/csv").status_code == 415
    assert patch(shelter, path, "x", CONTENT).status_code == 400
    assert tus(shelter, "HEAD", path).headers["upload-offset"] == "0"


def test_another_version_of_the_protocol_is_not_spoken(gateway, shelter):
    path = create(shelter).headers["location"]
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = tus(shelter, method, path, Tus_Resumable="0.2.2")
        assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
    spoken = gateway.http.options("/v1/submissions")
    assert (spoken.status_code, spoken.headers["tus-version"]) == (204, "1.0.0")
    assert "checksum" in spoken.headers["tus-extension"]


def test_bytes_without_their_checksum_are_dropped(shelter, monkeypatch):
    monkeypatch.setattr(sealed_uploads, "SEGMENT_BYTES", 16)
    path = create(shelter).headers["location"]
    right = base64.b64encode(hashlib.sha256(CONTENT[:40]).digest()).decode()
    wrong = patch(shelter, path, 0, CONTENT[1:41], Upload_Checksum=f"sha256 {right}")
    assert (wrong.status_code, wrong.json()["type"]) == (460, "urn:weir:problem:checksum")
    assert tus(shelter, "HEAD", path).headers["upload-offset"] == "0"
    assert patch(shelter, path, 0, b"", Upload_Checksum="md5 x").status_code == 400
    good = patch(shelter, path, 0, CONTENT[:40], Upload_Checksum=f"sha256 {right}")
    assert good.headers["upload-offset"] == "40"


def test_one_request_appends_at_a_time(gateway, shelter):
    path = create(shelter).headers["location"]
    with gateway.app.state.uploads.taken(path.split("/")[3]):
        answer = patch(shelter, path, 0, CONTENT)
        assert answer.json()["type"] == "urn:weir:problem:in-progress"
        assert tus(shelter, "DELETE", path).status_code == 409
    assert patch(shelter, path, 0, CONTENT).status_code == 204


def test_an_upload_that_is_given_up_is_gone(gateway, shelter):
    path = create(shelter).headers["location"]
    patch(shelter, path, 0, CONTENT[:5])
    assert tus(shelter, "DELETE", path).status_code == 204
    assert tus(shelter, "HEAD", path).status_code == 404
    assert rows(gateway) == []
    assert not list(gateway.context.home.incoming_dir.glob("*"))


@pytest.mark.parametrize(
    ("length", "told", "rule"),
    [
        ("x", metadata(), "tus-length"),
        ("", metadata(), "tus-length"),
        ("5", "dataset ?", "tus-metadata"),
        ("5", metadata() + "," + metadata(), "tus-metadata"),
        ("5", metadata(filename=""), "file-name-missing"),
        ("5", metadata(color="red"), "unknown-key"),
    ],
)
def test_an_upload_that_can_not_be_understood_is_not_begun(gateway, shelter, length, told, rule):
    headers = {"Upload_Length": length, "Upload_Metadata": told}
    answer = tus(shelter, "POST", "/v1/submissions", **headers)
    assert (answer.status_code, answer.json()["reasons"][0]["rule"]) == (400, rule)
    assert rows(gateway) == []


@pytest.mark.parametrize("length", ["0" * 20 + str(5 << 30), "9" * 4400, str((2 << 30) + 1)])
def test_more_than_may_come_is_not_begun_however_it_is_written(gateway, shelter, length):
    answer = create_told(shelter, length)
    assert (answer.status_code, rows(gateway)) == (413, [])


def create_told(shelter, length):
    headers = {"Upload_Length": length, "Upload_Metadata": metadata()}
    return tus(shelter, "POST", "/v1/submissions", **headers)


def test_the_length_is_known_so_an_empty_upload_is_whole_at_once(gateway, shelter):
    assert create(shelter, 0).status_code == 201
    assert [row.state for row in rows(gateway)] == ["received"]


def test_submissions_are_ones_own(gateway, shelter):
    other = gateway.add_partner("haven", agreements=SUBMITS)
    mine = send(shelter).headers["location"]
    path = create(shelter).headers["location"]
    absent = other.get("/v1/submissions/sub_00000000000000000000")
    calls = [
        other.get(mine),
        other.get(f"{mine}/report"),
        other.get(mine, method="DELETE"),
        other.post(f"{mine}/decision", {"go": True}),
        patch(other, path, 0, CONTENT),
        tus(other, "DELETE", path),
    ]
    assert {(call.status_code, call.content) for call in calls} == {(404, absent.content)}
    assert other.get("/v1/submissions").json() == {"submissions": []}
    listed = shelter.get("/v1/submissions?limit=1").json()
    assert listed["submissions"][0]["links"]["content"] == path
    following = shelter.get(f"/v1/submissions?cursor={listed['cursor']}").json()
    assert [one["links"]["self"] for one in following["submissions"]] == [mine]
    assert other.get(f"/v1/submissions?cursor={listed['cursor']}").status_code == 400
    assert shelter.get("/v1/submissions?cursor=1").status_code == 400


def test_a_submission_that_waits_can_be_cancelled(gateway, shelter):
    mine = send(shelter).headers["location"]
    assert shelter.post(f"{mine}/decision", {"go": True}).status_code == 409
    assert shelter.post(f"{mine}/decision", {"goo": True}).status_code == 400
    assert shelter.get(mine, method="DELETE").status_code == 204
    assert shelter.get(mine).json()["state"] == "cancelled"
    assert shelter.get(f"{mine}/report").status_code == 404
    assert not list(gateway.context.home.incoming_dir.glob("*"))


def test_recipes_are_saved_once_for_each_change(gateway, shelter):
    def put(document, name="monthly", **headers):
        sent = {**shelter.bearer(), **headers}
        sent.setdefault("Content-Type", "application/json")
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return gateway.http.put(f"/v1/recipes/{name}", content=body, headers=sent)

    assert put(RECIPE).json()["version"] == 1
    text = b"recipe: monthly\ndataset: cases\ncolumns: {person_id: Nombre}\n"
    assert put(text, **{"Content-Type": "application/yaml"}).json()["version"] == 1
    changed = {**RECIPE, "columns": {"person_id": "Nombre", "age": "Edad"}}
    assert put(changed).json()["version"] == 2
    assert shelter.get("/v1/recipes/monthly").json()["document"]["columns"]["age"] == {
        "from": "Edad"
    }
    listed = shelter.get("/v1/recipes").json()["recipes"]
    assert [(one["name"], one["version"]) for one in listed] == [("monthly", 2)]
    assert put({**RECIPE, "columns": {"agee": "Edad"}}).status_code == 400
    assert put(RECIPE, name="weekly").json()["reasons"][0]["rule"] == "recipe-renamed"
    assert put({**RECIPE, "dataset": "other"}).status_code == 403
    assert put(b"{}", **{"Content-Type": "text/plain"}).status_code == 415
    assert put(b"\xff", **{"Content-Type": "text/yaml"}).status_code == 400
    other = gateway.add_partner("haven", agreements=SUBMITS)
    assert other.get("/v1/recipes/monthly").status_code == 404
    assert send(shelter, recipe="monthly").json()["recipe"]["version"] == 2


def test_answers_are_in_the_language_asked_for(shelter):
    spanish = {"Accept-Language": "es", **shelter.bearer()}
    url = "/v1/submissions"
    files = {"file": b"x"}
    answer = shelter.gateway.http.post(url, data={"dataset": "x"}, files=files, headers=spanish)
    assert answer.headers["content-language"] == "es"
    assert "vigente" in answer.json()["reasons"][0]["message"]
