"""The calls of guides 000 and 004 from Python, with only base URL and key changed. Prints what each was answered."""

import json
import os

import requests

BASE_URL = os.environ["BASE_URL"]
API_KEY = os.environ["API_KEY"]


def get_customer(customer_id):
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    response = requests.get(f"{BASE_URL}/v1/customers/{customer_id}", headers=headers)
    if response.status_code == 401:
        raise Exception("Authentication failed")
    return response.json()


class Procure:
    def __init__(self, api_key):
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"})

    def get_suppliers(self):
        response = self.session.get(f"{BASE_URL}/v1/suppliers")
        response.raise_for_status()
        return response.json()

    def create_purchase_request(self, data):
        response = self.session.post(f"{BASE_URL}/v1/purchase-requests", json=data)
        response.raise_for_status()
        return response.json()


def report(call):
    try:
        return call()
    except requests.HTTPError as error:
        return {"status": error.response.status_code, "body": error.response.json()}
    except Exception as error:
        return str(error)


procure = Procure(API_KEY)
print(
    json.dumps(
        {
            "customer": report(lambda: get_customer(12345)),
            "suppliers": report(procure.get_suppliers),
            "purchaseRequest": report(lambda: procure.create_purchase_request({"item": "chairs"})),
        }
    )
)
