<?php
// Guide 001's two requests, with only the instance, the clients and the user changed; then a refresh in the same form.

function request($members)
{
    $ch = curl_init();
    $header = array(
        'Content-type: application/vnd.api+json',
        'Accept: application/vnd.api+json',
    );
    $postStr = json_encode($members);
    $url = getenv('ISSUER') . '/Api/access_token';
    curl_setopt($ch, CURLOPT_URL, $url);
    curl_setopt($ch, CURLOPT_CUSTOMREQUEST, 'POST');
    curl_setopt($ch, CURLOPT_POSTFIELDS, $postStr);
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, 1);
    curl_setopt($ch, CURLOPT_HTTPHEADER, $header);
    $output = curl_exec($ch);

    $answer = json_decode($output, true);
    $parts = explode('.', $answer['access_token'] ?? '');
    $read = fn ($part) => json_decode(base64_decode(strtr($part, '-_', '+/')), true);
    return array(
        'answer' => $answer,
        'type' => curl_getinfo($ch, CURLINFO_CONTENT_TYPE),
        'header' => $read($parts[0]),
        'claims' => $read($parts[1] ?? ''),
    );
}

$machine = request(array(
    'grant_type' => 'client_credentials',
    'client_id' => getenv('MACHINE_ID'),
    'client_secret' => getenv('MACHINE_SECRET'),
));
$person = request(array(
    'grant_type' => 'password',
    'client_id' => getenv('PERSON_ID'),
    'client_secret' => getenv('PERSON_SECRET'),
    'username' => getenv('USERNAME'),
    'password' => getenv('PASSWORD'),
));
$refreshed = request(array(
    'grant_type' => 'refresh_token',
    'client_id' => getenv('PERSON_ID'),
    'client_secret' => getenv('PERSON_SECRET'),
    'refresh_token' => $person['answer']['refresh_token'] ?? '',
));
echo json_encode(array('machine' => $machine, 'person' => $person, 'refreshed' => $refreshed)), "\n";
