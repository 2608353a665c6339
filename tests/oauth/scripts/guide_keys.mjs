// The calls of guides 000 and 004 from Node.js, with only base URL and key changed. Prints what each was answered.

import axios from 'axios';

const apiClient = axios.create({
  baseURL: `${process.env.BASE_URL}/v1`,
  proxy: false,
  headers: { Authorization: `Bearer ${process.env.API_KEY}`, 'Content-Type': 'application/json' },
});

const failed = [];
async function report(call) {
  try {
    return (await call).data;
  } catch (error) {
    failed.push({ status: error.response?.status, body: error.response?.data });
    return null;
  }
}

const customer = await report(apiClient.get('/customers/12345'));
const purchaseRequests = await report(apiClient.get('/purchase-requests'));
const order = await report(apiClient.post('/orders', { item: 'chairs', count: 4 }));
console.log(JSON.stringify({ customer, purchaseRequests, order, failed }));
