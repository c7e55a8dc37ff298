"""Exports the fitted model to ONNX: one input of all features, a class and its probabilities out."""
import joblib
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

model = joblib.load("model.joblib")
width = model.n_features_in_
onnx = convert_sklearn(
    model, initial_types=[("features", FloatTensorType([None, width]))], options={"zipmap": False}
)
open("model.onnx", "wb").write(onnx.SerializeToString())
