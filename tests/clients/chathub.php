<?php
// The requests of a ChatHub integration built on PHP's curl, byte for byte.
//
// A connection of its own for every call, JSON with escaped slashes, no user agent, an expiry 30 days ahead without
// fraction. Settings: LANYARD_URL, LANYARD_LOGIN, LANYARD_PASSWORD, LANYARD_OPERATOR_ID. Prints what it received as JSON.

declare(strict_types=1);

const LIFE = 30 * 86400;

function post(string $path, array $members, ?string $bearer = null): mixed
{
    $headers = ['Content-Type: application/json'];
    if ($bearer !== null) {
        $headers[] = "Authorization: Bearer $bearer";
    }
    $handle = curl_init(getenv('LANYARD_URL') . $path);
    curl_setopt_array($handle, [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => json_encode($members),
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
    ]);
    $text = curl_exec($handle);
    $status = curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
    if ($text === false || $status >= 400) {
        fwrite(STDERR, "$path: $status " . ($text ?: curl_error($handle)) . "\n");
        exit(1);
    }
    return json_decode($text, false, 512, JSON_THROW_ON_ERROR);
}

$company = post('/api/company/get-token', [
    'login' => getenv('LANYARD_LOGIN'),
    'password' => getenv('LANYARD_PASSWORD'),
]);
$operator = post('/api/operator/get-token', [
    'id' => (int) getenv('LANYARD_OPERATOR_ID'),
    'expiresAt' => gmdate('Y-m-d\TH:i:s\Z', time() + LIFE),
], $company);
$verdict = post('/api/operator/validate-token', ['token' => $operator], $company);

echo json_encode(['companyToken' => $company, 'operatorToken' => $operator, 'validation' => $verdict]), "\n";
