"""Writes the tiny ONNX models that tests use, into tests/support/models: run again only to change them.

sum.onnx        score = 1 / (1 + exp(-(a + b))) of a FP32 [n, 2] input, label = score >= 0.5
difference.onnx the same of a - b
cautious.onnx   probabilities [1 - p, p] of p = 1 / (1 + exp(-(a + b))), label = p >= 0.3
custom.onnx     an operator of a domain that nobody knows
external.onnx   weights that lie in ../../secret
"""
import pathlib

import onnx
from onnx import TensorProto, helper

FOLDER = pathlib.Path(__file__).parent / "models"


def save(name, graph, domains=()):
    opsets = [helper.make_opsetid("", 13), *(helper.make_opsetid(domain, 1) for domain in domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="mlo-tests")
    (FOLDER / name).write_bytes(model.SerializeToString())


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


FOLDER.mkdir(exist_ok=True)
features = value("features", TensorProto.FLOAT, [None, 2])
axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
half = helper.make_tensor("half", TensorProto.FLOAT, [], [0.5])
save("sum.onnx", helper.make_graph(
    [helper.make_node("ReduceSum", ["features", "axis"], ["sum"], keepdims=0),
     helper.make_node("Sigmoid", ["sum"], ["score"]),
     helper.make_node("GreaterOrEqual", ["score", "half"], ["over"]),
     helper.make_node("Cast", ["over"], ["label"], to=TensorProto.INT64)],
    "sum", [features], [value("label", TensorProto.INT64, [None]), value("score", TensorProto.FLOAT, [None])],
    [axis, half]))

signs = helper.make_tensor("signs", TensorProto.FLOAT, [2], [1.0, -1.0])
save("difference.onnx", helper.make_graph(
    [helper.make_node("Mul", ["features", "signs"], ["signed"]),
     helper.make_node("ReduceSum", ["signed", "axis"], ["sum"], keepdims=0),
     helper.make_node("Sigmoid", ["sum"], ["score"]),
     helper.make_node("GreaterOrEqual", ["score", "half"], ["over"]),
     helper.make_node("Cast", ["over"], ["label"], to=TensorProto.INT64)],
    "difference", [features], [value("label", TensorProto.INT64, [None]), value("score", TensorProto.FLOAT, [None])],
    [axis, half, signs]))

low = helper.make_tensor("low", TensorProto.FLOAT, [], [0.3])
one = helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])
save("cautious.onnx", helper.make_graph(
    [helper.make_node("ReduceSum", ["features", "axis"], ["sum"], keepdims=1),
     helper.make_node("Sigmoid", ["sum"], ["p"]),
     helper.make_node("Sub", ["one", "p"], ["rest"]),
     helper.make_node("Concat", ["rest", "p"], ["probabilities"], axis=1),
     helper.make_node("GreaterOrEqual", ["p", "low"], ["over"]),
     helper.make_node("Squeeze", ["over", "axis"], ["flat"]),
     helper.make_node("Cast", ["flat"], ["label"], to=TensorProto.INT64)],
    "cautious", [features],
    [value("label", TensorProto.INT64, [None]), value("probabilities", TensorProto.FLOAT, [None, 2])],
    [axis, low, one]))

save("custom.onnx", helper.make_graph(
    [helper.make_node("Exfiltrate", ["features"], ["out"], domain="com.example.evil")],
    "custom", [features], [value("out", TensorProto.FLOAT, [None, 2])]), ["com.example.evil"])

weights = helper.make_tensor("weights", TensorProto.FLOAT, [2], [0.0, 0.0])
weights.ClearField("float_data")
weights.data_location = TensorProto.EXTERNAL
entry = weights.external_data.add()
entry.key, entry.value = "location", "../../secret"
save("external.onnx", helper.make_graph(
    [helper.make_node("Add", ["features", "weights"], ["out"])],
    "external", [features], [value("out", TensorProto.FLOAT, [None, 2])], [weights]))
