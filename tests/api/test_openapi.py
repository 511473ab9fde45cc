"""The description and the running bank say the same: no 5xx, nothing that is not described."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from deploy.local.state import PROJECT
from tests.api.conftest import DescribedCaller

pytestmark = pytest.mark.live

DOCUMENT = json.loads((PROJECT / "docs" / "reference" / "openapi.json").read_text())
schema = schemathesis.openapi.from_dict(DOCUMENT)
CHECKED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)
FEW = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@schema.parametrize()
@FEW
def test_answers_as_described(case: Any, described: DescribedCaller) -> None:
    case.validate_response(described.send(case), checks=CHECKED)


@schema.parametrize()
@settings(FEW, max_examples=3, phases=[Phase.generate])
def test_answers_nobody_without_a_token(case: Any, described: DescribedCaller) -> None:
    answered = described.send(case, authorized=False)
    if case.operation.definition.raw.get("security"):
        assert answered.status_code in {401, 404, 429}
    else:
        assert answered.status_code != 401
    case.validate_response(answered, checks=CHECKED)


def test_is_the_document_the_bank_serves(described: DescribedCaller) -> None:
    served = described.get("/v1/openapi.json").json()
    everywhere = {path for path in served["paths"] if not path.startswith("/v1/sandbox/")}
    assert everywhere == set(DOCUMENT["paths"])
    schemas = _at(described.client.issuer, DOCUMENT["components"]["schemas"])
    assert {name: served["components"]["schemas"][name] for name in schemas} == schemas


def _at(origin: str, schemas: Any) -> Any:
    """The schemas as they read at this origin: examples name it."""
    (server,) = (entry["url"] for entry in DOCUMENT["servers"])
    return json.loads(json.dumps(schemas).replace(server, origin))
