#!/usr/bin/env php
<?php
// Sends one signed request (RFC 9421, RFC 9530). PHP 8.1 or later with its curl extension.
//
//     signed_request.php METHOD PATH [BODY]
//
// The README beside this file lists the settings and the output.

declare(strict_types=1);

/** The headers that sign a request. The URL must be encoded, as it is sent. */
function sign(string $method, string $url, string $body, string $keyId, string $secret): array
{
    preg_match('~^(https?)://([^/?]+)(/[^?]*)?(\?.*)?$~i', $url, $parts);
    $scheme = strtolower($parts[1]);
    $host = preg_replace($scheme === 'https' ? '/:443$/' : '/:80$/', '', strtolower($parts[2]));
    $covered = [
        '@method' => $method,
        '@target-uri' => "$scheme://$host" . (($parts[3] ?? '') ?: '/') . ($parts[4] ?? ''),
    ];
    $headers = [];
    if ($body !== '' || in_array($method, ['POST', 'PUT', 'PATCH'], true)) {
        $covered['content-digest'] = 'sha-256=:' . base64_encode(hash('sha256', $body, true)) . ':';
        $headers[] = "Content-Digest: {$covered['content-digest']}";
    }
    $names = implode(' ', array_map(fn ($name) => "\"$name\"", array_keys($covered)));
    // The nonce is used once; the time may be five minutes off.
    $parameters = sprintf('(%s);created=%d;keyid="%s";nonce="%s"', $names, time(), $keyId, bin2hex(random_bytes(16)));
    $base = '';
    foreach ($covered as $name => $value) {
        $base .= "\"$name\": $value\n";
    }
    $base .= "\"@signature-params\": $parameters";
    // The HMAC key is every character of the secret, "hs_" too.
    $mac = base64_encode(hash_hmac('sha256', $base, $secret, true));
    return [...$headers, "Signature-Input: sig1=$parameters", "Signature: sig1=:$mac:"];
}

function main(array $arguments): int
{
    [$keyId, $secret] = [getenv('LANYARD_KEY_ID'), getenv('LANYARD_SIGNING_SECRET')];
    [, $method, $path, $body] = $arguments + [1 => '', 2 => '', 3 => ''];
    if (!$keyId || !$secret || $path === '') {
        fwrite(STDERR, "set LANYARD_KEY_ID and LANYARD_SIGNING_SECRET; give METHOD, PATH and perhaps BODY\n");
        return 2;
    }
    $url = (getenv('LANYARD_URL') ?: 'http://127.0.0.1:8080') . $path;
    $headers = sign($method, $url, $body, $keyId, $secret);
    $call = curl_init($url);
    $options = [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_NOBODY => $method === 'HEAD',
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
        CURLOPT_PATH_AS_IS => true,
    ];
    if ($body !== '') {
        $headers[] = 'Content-Type: application/json';
        $options[CURLOPT_POSTFIELDS] = $body;
    }
    curl_setopt_array($call, $options + [CURLOPT_HTTPHEADER => $headers]);
    $text = curl_exec($call);
    if ($text === false) {
        fwrite(STDERR, 'cannot reach the service: ' . curl_error($call) . "\n");
        return 1;
    }
    $status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
    echo json_encode(['status' => $status, 'body' => json_decode($text)], JSON_UNESCAPED_SLASHES), "\n";
    return $status < 300 ? 0 : 1;
}

exit(main($argv));
