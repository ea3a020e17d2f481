<?php
// PHP's SoapClient against the door of the GGk, with the same descriptions and the same surroundings as zeep_cycle.py, and KEYED: the certificate of the
// municipality with its key in one file.
declare(strict_types=1);

const SENDER = '0289';
const RECEIVER = '98980001';
$url = getenv('URL');
$questions = array_map(fn ($line) => explode(' ', $line), file(getenv('QUESTIONS'), FILE_IGNORE_NEW_LINES));
$failed = 0;

function check(string $what, bool $isRight): void
{
    global $failed;
    $failed += $isRight ? 0 : 1;
    echo ($isRight ? 'ok   ' : 'NOT  ') . $what . "\n";
}

function number(): string
{
    $bytes = random_bytes(16);
    $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
    $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

/** A message of this kind with other texts in these elements. */
function message(string $kind, array $other): string
{
    $text = file_get_contents(getenv('MESSAGES') . "/$kind/plain/message.xml");
    foreach ($other as $name => $value) {
        $text = preg_replace("/(:$name>)[^<]+/", '${1}' . $value, $text, 1);
    }
    return $text;
}

function routing(string $code, string $number, ?string $functie, ?string $answers): array
{
    return array_filter([
        'berichtcode' => $code,
        'zender' => ['organisatie' => SENDER, 'applicatie' => 'Jeugd Applicatie'],
        'ontvanger' => ['organisatie' => RECEIVER, 'applicatie' => 'GGk'],
        'referentienummer' => $number,
        'tijdstipBericht' => '20260301100000',
        'crossRefnummer' => $answers,
        'functie' => $functie,
    ]);
}

function parameters(string $content, bool $older): array
{
    return [
        'applicatieVersie' => '0001',
        'applicatieSubversie' => '0000',
        'functieVersie' => '0003',
        'functieSubversie' => '0002',
        // PHP writes base64 itself.
        'bericht' => $older ? ['_' => $content, 'contentType' => 'application/xml'] : ['xmlBestand' => $content],
    ];
}

/** Code of the Fo03 in a fault; empty for a fault without; null for none. */
function fault_of(callable $call): ?string
{
    try {
        $call();
    } catch (SoapFault $fault) {
        return $fault->detail->Fo03Bericht->body->code ?? '';
    }
    return null;
}

function play(string $name, string $wsdl, string $port, bool $older): void
{
    global $url, $questions;
    $tls = ['cafile' => getenv('CA'), 'local_cert' => getenv('KEYED')];
    $client = new SoapClient($wsdl, [
        'location' => $url . $port,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'stream_context' => stream_context_create(['ssl' => $tls]),
    ]);
    $number = number();
    $content = message('JW301', ['Identificatie' => substr(number(), -12)]);
    $di01 = fn (string $functie, string $number) => $client->ggk_Di01([
        'stuurgegevens' => routing('Di01', $number, $functie, null),
        'parameters' => parameters($content, $older),
    ])->stuurgegevens;
    $first = $di01('JW301', $number);
    check("$name: Bv03 on a Di01", $first->berichtcode === 'Bv03' && $first->crossRefnummer === $number);
    check("$name: zender and ontvanger changed places", $first->zender->organisatie === RECEIVER);
    check("$name: the same again has the same answer", $di01('JW301', $number)->referentienummer === $first->referentienummer);
    check("$name: the same number with another functie is StUF016", fault_of(fn () => $di01('JW319', $number)) === 'StUF016');
    check("$name: a functie that nobody knows is StUF034", fault_of(fn () => $di01('JW399', number())) === 'StUF034');

    [$asked, $identificatie] = array_shift($questions);
    $retour = message('JW306', ['Identificatie' => $identificatie, 'IdentificatieRetour' => substr(number(), -12)]);
    $du01 = fn (string $number, string $answers) => $client->ggk_Du01([
        'stuurgegevens' => routing('Du01', $number, 'JW306', $answers),
        'parameters' => parameters($retour, $older),
    ])->stuurgegevens;
    $answer = number();
    $unknown = number();
    check("$name: Bv03 on a Du01", $du01($answer, $asked)->crossRefnummer === $answer);
    check("$name: a Du01 to what is not known is StUF043", fault_of(fn () => $du01(number(), $unknown)) === 'StUF043');

    $fo01 = fn (string $number, string $about) => $client->Fo01([
        'stuurgegevens' => routing('Fo01', $number, null, $about),
        'body' => ['code' => 'StUF055', 'plek' => 'client', 'omschrijving' => 'Bericht voldoet niet aan het schema'],
    ])->stuurgegevens;
    [$refused] = array_shift($questions);
    $refusal = number();
    check("$name: Bv03 on a Fo01", $fo01($refusal, $refused)->crossRefnummer === $refusal);
    check("$name: a Fo01 about what is not known is StUF043", fault_of(fn () => $fo01(number(), $unknown)) === 'StUF043');
}

foreach (
    [
        ['ggk0210', '/ggk/OntvangAsynchroon', 'ggk0210/ggkberichten/ggk0210_OntvangAsynchroon_ggkberichten.wsdl'],
        ['ggk0310', '/ggk/ggk0310/OntvangAsynchroon', 'ggk0310_21/ggkberichten/ggk0310_OntvangAsynchroon.wsdl'],
    ] as [$model, $port, $published]
) {
    $older = $model === 'ggk0310';
    play("$model, our description", "$url$port?wsdl", $port, $older);
    if (getenv('PUBLISHED')) {
        play("$model, the published description", getenv('PUBLISHED') . "/$published", $port, $older);
    }
}
exit($failed ? 1 : 0);
