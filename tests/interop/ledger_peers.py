"""The verifiers of others, each by its own library: run by ledger.py with the Python that has them.

ledger_peers.py CHECK FILE...     prints what it found, or fails
"""
import base64
import json
import pathlib
import sys


def key_id(pem):
    import hashlib
    der = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))
    return "sha256:" + hashlib.sha256(der).hexdigest()


def dsse(lines_file, *key_files):
    """securesystemslib verifies each envelope; in-toto-attestation takes each statement and predicate."""
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
    from in_toto_attestation.v1.statement import Statement
    from in_toto_attestation.v1 import statement_pb2
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey
    keys = []
    for name in key_files:
        pem = pathlib.Path(name).read_text()
        keys.append(SSlibKey(key_id(pem), "ecdsa", "ecdsa-sha2-nistp256", {"public": pem}))
    messages = {"https://slsa.dev/provenance/v1": provenance_pb2.Provenance,
                "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
                "https://slsa.dev/verification_summary/v1": vsa_pb2.VerificationSummary}
    for line in pathlib.Path(lines_file).read_text().splitlines():
        envelope = Envelope.from_dict(json.loads(line))
        envelope.verify(keys, 1)
        statement = json.loads(envelope.payload)
        read = json_format.Parse(envelope.payload, statement_pb2.Statement())
        Statement.copy_from_pb(read).validate()
        kind = statement["predicateType"]
        if kind in messages:
            # A list in the specification (slsa.dev/verification_summary/v1), one text in the peer's message.
            levels = statement["predicate"].get("verifiedLevels", [])
            if levels:
                statement["predicate"]["verifiedLevels"] = levels[0]
            json_format.ParseDict(statement["predicate"], messages[kind](), ignore_unknown_fields=True)
        print(kind)
    damaged = json.loads(pathlib.Path(lines_file).read_text().splitlines()[0])
    damaged["payload"] = base64.b64encode(base64.b64decode(damaged["payload"]).replace(b"mlo", b"olm", 1)).decode()
    try:
        Envelope.from_dict(damaged).verify(keys, 1)
    except Exception:
        return
    sys.exit("securesystemslib takes a damaged envelope")


def cyclonedx(file):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(pathlib.Path(file).read_text())
    if problem:
        sys.exit(f"cyclonedx: {problem}")
    bom = json.loads(pathlib.Path(file).read_text())
    references = {component["bom-ref"] for component in bom["components"]} | {
        data["bom-ref"] for component in bom["components"] for data in component.get("data", [])}
    named = [dataset["ref"] for dataset in bom["metadata"]["component"]["modelCard"]["modelParameters"]["datasets"]]
    named += [name for dependency in bom["dependencies"] for name in dependency.get("dependsOn", [])]
    if not named or set(named) - references:
        sys.exit(f"names nothing: {set(named) - references}")
    print(f"{len(bom['components'])} components")


def openlineage(file):
    from openlineage.client import event_v2, facet_v2
    kinds = {"COMPLETE", "START", "FAIL", "ABORT"}
    for line in pathlib.Path(file).read_text().splitlines():
        event = json.loads(line)

        def datasets(kind, wanted):
            return [kind(namespace=one["namespace"], name=one["name"], facets={
                "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet(
                    datasetVersion=one["facets"]["version"]["datasetVersion"])}) for one in event[wanted]]

        code = event["job"]["facets"]["sourceCodeLocation"]
        read = event_v2.RunEvent(
            eventType=event_v2.RunState[event["eventType"]], eventTime=event["eventTime"], producer=event["producer"],
            run=event_v2.Run(runId=event["run"]["runId"]),
            job=event_v2.Job(namespace=event["job"]["namespace"], name=event["job"]["name"], facets={
                "sourceCodeLocation": facet_v2.source_code_location_job.SourceCodeLocationJobFacet(
                    type=code["type"], url=code["url"], version=code["version"])}),
            inputs=datasets(event_v2.InputDataset, "inputs"), outputs=datasets(event_v2.OutputDataset, "outputs"))
        assert read.eventType.name in kinds
        print(read.eventType.name, len(event["inputs"]), len(event["outputs"]))


def prov(file):
    from prov.model import ProvDocument
    document = ProvDocument.deserialize(content=pathlib.Path(file).read_text(), format="json")
    print(len(list(document.get_records())), "records")
    assert "wasGeneratedBy" in document.get_provn()


def card(file):
    from huggingface_hub import ModelCard
    data = ModelCard(pathlib.Path(file).read_text()).data
    assert data.pipeline_tag == "tabular-classification" and "production" in data.tags, data
    results = {result.metric_type: result.metric_value for result in data.eval_results}
    print(data.model_name, results)
    assert results


def cosign(note_file, cosigned_file, key_file):
    """A witness by the letter of C2SP cosignature/v1, with another library's Ed25519."""
    import hashlib
    import time
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    key, name = Ed25519PrivateKey.generate(), "witness.example/w1"
    typed = b"\x04" + key.public_key().public_bytes_raw()
    identifier = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    pathlib.Path(key_file).write_text(f"{name}+{identifier.hex()}+{base64.b64encode(typed).decode()}\n")
    note, now = pathlib.Path(note_file).read_text(), int(time.time())
    body = note[:note.rindex("\n\n") + 1]
    signature = key.sign(f"cosignature/v1\ntime {now}\n{body}".encode())
    line = base64.b64encode(identifier + now.to_bytes(8, "big") + signature).decode()
    pathlib.Path(cosigned_file).write_text(f"{note}\u2014 {name} {line}\n")


globals()[sys.argv[1]](*sys.argv[2:])
