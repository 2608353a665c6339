#!/usr/bin/env php
<?php
// Works as one operator: it renews its operator token in time, and validates it before every sensitive step.
// PHP 8.1 or later with its curl extension. The README beside this file lists the settings and the output.

declare(strict_types=1);

const RENEW_BEFORE = 60; // seconds
const LONGEST_WAIT = 60; // seconds; the longest `Retry-After` that it waits for
const TRIES = 5;

final class Failure extends RuntimeException
{
    public function __construct(string $message, public readonly ?int $status = null, public readonly int $exit = 1)
    {
        parent::__construct($message);
    }
}

function setting(string $name, ?string $default = null): string
{
    $value = getenv($name);
    return $value !== false ? $value : $default ?? throw new Failure("set $name", exit: 2);
}

function number(string $name, ?string $default = null): int
{
    $value = filter_var(setting($name, $default), FILTER_VALIDATE_INT);
    return $value !== false ? $value : throw new Failure("$name is not a whole number", exit: 2);
}

final class Service
{
    public int $waits = 0;

    public function __construct(private readonly string $url)
    {
    }

    /** The answer's JSON and its headers, names in lower case. GET without a body, POST with one. */
    public function call(string $path, ?string $token = null, ?array $body = null): array
    {
        for ($left = TRIES - 1; ; $left--) {
            [$status, $headers, $json] = $this->send($path, $token, $body);
            if ($status < 300) {
                return [$json, $headers];
            }
            $wait = $left > 0 ? self::retryAfter($status, $headers) : null;
            if ($wait === null) {
                throw new Failure(is_array($json) && isset($json['error']) ? $json['error'] : "HTTP $status", $status);
            }
            $this->waits++;
            sleep($wait);
        }
    }

    private function send(string $path, ?string $token, ?array $body): array
    {
        $headers = [];
        $sent = ['Accept: application/json'];
        $options = [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 10,
            CURLOPT_HEADERFUNCTION => function ($handle, string $line) use (&$headers): int {
                [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
                $headers[strtolower($name)] = trim($value);
                return strlen($line);
            },
        ];
        if ($token !== null) {
            $sent[] = "Authorization: Bearer $token";
        }
        if ($body !== null) {
            $sent[] = 'Content-Type: application/json';
            $options[CURLOPT_POSTFIELDS] = json_encode($body, JSON_THROW_ON_ERROR);
        }
        $handle = curl_init($this->url . $path);
        curl_setopt_array($handle, $options + [CURLOPT_HTTPHEADER => $sent]);
        $text = curl_exec($handle);
        if ($text === false) {
            throw new Failure('cannot reach the service: ' . curl_error($handle));
        }
        return [curl_getinfo($handle, CURLINFO_RESPONSE_CODE), $headers, json_decode($text, true)];
    }

    /** Seconds to wait before asking again, or null where that is no use. 401 is final, as is every other refusal. */
    private static function retryAfter(int $status, array $headers): ?int
    {
        if ($status !== 429 && $status !== 503) {
            return null;
        }
        $text = $headers['retry-after'] ?? '';
        $wait = ctype_digit($text) ? (int) $text : 1;
        return $wait <= LONGEST_WAIT ? $wait : null;
    }
}

function work(): array
{
    $operatorId = number('LANYARD_OPERATOR_ID');
    $seconds = number('LANYARD_TOKEN_SECONDS', '3600');
    $rounds = number('LANYARD_ROUNDS', '1');
    $credentials = ['login' => setting('LANYARD_LOGIN'), 'password' => setting('LANYARD_PASSWORD')];
    $service = new Service(rtrim(setting('LANYARD_URL', 'http://127.0.0.1:8080'), '/'));

    [$companyToken] = $service->call('/api/company/get-token', body: $credentials);

    $token = null;
    $endsAt = null;
    $operator = null;
    $issued = 0;
    for ($round = 0; $round < $rounds; $round++) {
        if ($endsAt === null || time() + RENEW_BEFORE >= strtotime($endsAt)) {
            $wanted = ['id' => $operatorId, 'expiresAt' => gmdate('Y-m-d\TH:i:sP', time() + $seconds)];
            [$token, $headers] = $service->call('/api/operator/get-token', $companyToken, $wanted);
            // The service may have granted a shorter life than was requested: its expiry applies.
            $endsAt = $headers['token-expires-at'];
            $issued++;
        }
        [$verdict] = $service->call('/api/operator/validate-token', $companyToken, ['token' => $token]);
        if (!$verdict['isValid']) {
            throw new Failure($verdict['error'], 200);
        }
        // Replace this by the step that needs a valid token; here it reads the operator's profile.
        [$profile] = $service->call('/api/operator', $token);
        $operator = $profile['name'];
    }

    return [
        'ok' => true,
        'operatorId' => $operatorId,
        'operator' => $operator,
        'tokensIssued' => $issued,
        'waits' => $service->waits,
        'tokenExpiresAt' => $endsAt,
    ];
}

try {
    echo json_encode(work(), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
} catch (Failure $failure) {
    $outcome = ['ok' => false, 'status' => $failure->status, 'error' => $failure->getMessage()];
    echo json_encode($outcome, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
    exit($failure->exit);
}
