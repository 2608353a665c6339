<?php
// The calls of guide 004 from PHP, with only base URL and key changed. Prints what each was answered.

function request(string $method, string $endpoint, ?array $data = null): array
{
    $options = [
        CURLOPT_URL => getenv('BASE_URL') . '/v1' . $endpoint,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('API_KEY'), 'Content-Type: application/json'],
    ];
    if ($method === 'POST') {
        $options[CURLOPT_POST] = true;
        $options[CURLOPT_POSTFIELDS] = json_encode($data);
    }
    $curl = curl_init();
    curl_setopt_array($curl, $options);
    $response = curl_exec($curl);
    $status = curl_getinfo($curl, CURLINFO_HTTP_CODE);
    if ($status >= 400) {
        throw new Exception("API Error: HTTP {$status}");
    }
    return json_decode($response, true);
}

function report(callable $call): array|string
{
    try {
        return $call();
    } catch (Exception $error) {
        return $error->getMessage();
    }
}

echo json_encode([
    'contracts' => report(fn () => request('GET', '/contracts')),
    'created' => report(fn () => request('POST', '/contracts', ['name' => 'chairs'])),
]);
