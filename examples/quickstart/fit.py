"""Fits the model. What it measures on its own training data is for information; mlo judges it anew."""
import json
import os
import pathlib

import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from columns import load

params = json.loads(pathlib.Path(os.environ["MLO_PARAMS_FILE"]).read_text())
features, labels = load("data/train.csv")
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=params["seed"]))
model.fit(features, labels)
joblib.dump(model, "model.joblib")
json.dump({"train_accuracy": model.score(features, labels), "rows": len(labels)}, open("metrics.json", "w"))
