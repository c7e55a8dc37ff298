"""A client of the prediction service: sends rows of a CSV file and prints the answers' version.

ask.py URL MODEL FILE [COUNT]
"""
import csv
import json
import sys
import urllib.request

url, model, path = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else None
with open(path, newline="") as file:
    rows = [[float(value) for name, value in row.items() if name not in ("malignant", "size_group")]
            for row in csv.DictReader(file)][:count]

answers = {}
for row in rows:
    body = {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, len(row)], "data": row}]}
    request = urllib.request.Request(f"{url}/v2/models/{model}/infer", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request, timeout=10))
    version = answer["model_version"]
    answers[version] = answers.get(version, 0) + 1
print(json.dumps({"answers_by_version": answers, "last": answer["outputs"]}))
