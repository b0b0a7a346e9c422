"""docs/kubernetes.yaml, against schemas and against what it starts."""

import re
import shlex
from importlib.metadata import version
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from detr_gradio.cli.parser import build_parser

ROOT = Path(__file__).parent.parent
NEWEST = kubernetes_validate.latest_version()

COUNT = {"type": "integer", "minimum": 0}
WORDS = {"type": "object", "additionalProperties": {"type": "string"}}


def strictly(required, **properties):
    """An object with these properties and no others."""
    known = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**known, "required": required}


# As KubeRay's Go types say (ray-operator/apis/ray/v1/raycluster_types.go), which its own schema is
# made from: as much of them as the file uses. No package has that schema.
TEMPLATE = {"type": "object"}  # a pod's, which Kubernetes' own schema is for
RAY_CLUSTER = strictly(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayCluster"},
    metadata=strictly(["name"], name={"type": "string", "pattern": "^[a-z][a-z0-9-]*$"}),
    spec=strictly(
        ["headGroupSpec"],
        rayVersion={"type": "string"},
        enableInTreeAutoscaling={"type": "boolean"},
        autoscalerOptions=strictly([], env={"type": "array"}),
        headGroupSpec=strictly(["template"], rayStartParams=WORDS, template=TEMPLATE),
        workerGroupSpecs={
            "type": "array",
            "items": strictly(
                ["groupName", "template"],
                groupName={"type": "string"},
                replicas=COUNT,
                minReplicas=COUNT,
                maxReplicas=COUNT,
                rayStartParams=WORDS,
                template=TEMPLATE,
            ),
        },
    ),
)


@pytest.fixture(scope="module")
def objects():
    found = yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text())
    return {each["kind"]: each for each in found}


def test_kubernetes_takes_it(objects):
    for kind in ("Deployment", "Service"):
        kubernetes_validate.validate(objects[kind], NEWEST, strict=True)
    spec = objects["RayCluster"]["spec"]
    for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
        pod = {"apiVersion": "v1", "kind": "PodTemplate", "template": group["template"]}
        kubernetes_validate.validate(pod, NEWEST, strict=True)
        (container,) = group["template"]["spec"]["containers"]
        assert container["env"] == spec["autoscalerOptions"]["env"]


def test_a_misspelt_field_would_be_found(objects):
    worker = objects["RayCluster"]["spec"]["workerGroupSpecs"][0]
    template = {"spec": {"container": worker["template"]["spec"]["containers"]}}
    pod = {"apiVersion": "v1", "kind": "PodTemplate", "template": template}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pod, NEWEST, strict=True)
    spec = {**objects["RayCluster"]["spec"], "workerGroupSpec": [worker]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**objects["RayCluster"], "spec": spec}, RAY_CLUSTER)


def test_kuberay_takes_it(objects):
    jsonschema.validate(objects["RayCluster"], RAY_CLUSTER)


def test_the_page_joins_that_cluster_and_fills_it(objects):
    cluster = objects["RayCluster"]
    (group,) = cluster["spec"]["workerGroupSpecs"]
    (page,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    (join, serve) = (shlex.split(line) for line in page["args"][0].splitlines())
    # KubeRay names the head's service after the cluster.
    assert f"--address={cluster['metadata']['name']}-head-svc:6379" in join
    words = serve[serve.index("launch") :]
    arguments = build_parser().parse_args(words)
    processors = int(group["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
    assert (arguments.engine, arguments.ray_address) == ("ray", "auto")
    assert int(arguments.replicas) == processors * group["maxReplicas"]
    (port,) = page["ports"]
    assert f"DETR_PORT={port['containerPort']} " in (ROOT / "Dockerfile").read_text()
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] == port["containerPort"]
    assert objects["Service"]["spec"]["selector"] == {"app": "panoptic-page"}


def test_the_image_has_what_the_extra_asks_for():
    content = (ROOT / "docs" / "ray.Dockerfile").read_text()
    (extra,) = re.findall(r"^scale = (.*)$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert re.findall('"([^"]+)"', content) == re.findall('"([^"]+)"', extra.split("#")[0])


def test_it_names_the_ray_that_is_tested(objects):
    named, tested = (
        each.split(".")[:2]
        for each in (objects["RayCluster"]["spec"]["rayVersion"], version("ray"))
    )
    assert named == tested
