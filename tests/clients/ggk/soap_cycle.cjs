// npm soap against the door of the GGk, with the same descriptions and the same surroundings as zeep_cycle.py.
const { readFileSync } = require("node:fs");
const { randomUUID } = require("node:crypto");
const https = require("node:https");
const path = require("node:path");
const soap = require("soap");
const { URL: url, CA, CERTIFICATES, MESSAGES, QUESTIONS, PUBLISHED } = process.env;

const SENDER = "0289";
const RECEIVER = "98980001";
const PULL = `${url}/berichtenservice/berichten/rest-pull/v1/berichten`;
const STATUS = `${url}/berichtenservice/berichtstatus/rest-pull/v3/berichtstatussen`;
const questions = readFileSync(QUESTIONS, "utf8").trim().split("\n").map((line) => line.split(" "));

function files(party) {
    return { ca: readFileSync(CA), cert: readFileSync(path.join(CERTIFICATES, `${party}.pem`)), key: readFileSync(path.join(CERTIFICATES, `${party}.key`)) };
}

const aanbieder = new https.Agent(files("aanbieder"));
const gemeente = new https.Agent(files("gemeente"));

/** What a party is answered there; it posts when it has something to say. */
function call(agent, address, type, said) {
    return new Promise((resolve, reject) => {
        const options = said ? { agent, method: "POST", headers: { "Content-Type": type } } : { agent };
        const request = https.request(address, options, (answer) => {
            const pieces = [];
            answer.on("data", (piece) => pieces.push(piece));
            answer.on("end", () => resolve(Buffer.concat(pieces)));
        });
        request.on("error", reject);
        request.end(said);
    });
}

/** What the provider gets there. */
function get(address) {
    return call(aanbieder, address);
}

/** Hands a message in over the own API; gives what the other party gets of it. */
async function crosses(from, to, content) {
    const taken = JSON.parse(await call(from, `${url}/v1/berichten`, "application/xml", content));
    return (await call(to, `${url}/v1/postvak/${taken.id}/inhoud`)).toString();
}

/** The provider pushes a start over the VSP; gives what the municipality gets of it. */
async function pushed(number, content) {
    const boundary = randomUUID();
    const metadata = {
        routeringgegevens: {
            afzender: { rol: "Instelling", code: RECEIVER },
            geadresseerden: [{ rol: "Gemeente", code: SENDER }],
            berichtstroom: { berichttype: "JW", berichtsubtype: "JW305", berichtversie: 3, berichtsubversie: 2, actie: "StartZorg" },
        },
        referentiegegevens: { conversatieId: number, traceerId: number },
    };
    const part = (name, type, text) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;
    const form = `${part("berichtMetadata", "application/json", JSON.stringify(metadata))}${part("payload", "application/octet-stream", content)}--${boundary}--\r\n`;
    await call(aanbieder, `${url}/berichtenservice/berichten/rest-push/v1/berichten`, `multipart/form-data; boundary="${boundary}"`, form);
    const { messages } = JSON.parse(await call(gemeente, `${url}/v1/postvak?soort=305&limit=1000`));
    return (await call(gemeente, `${url}/v1/postvak/${messages.at(-1).id}/inhoud`)).toString();
}

/** What the provider sees of the message with this number. */
async function fetched(number) {
    const waiting = JSON.parse(await get(PULL));
    const found = waiting.find((one) => one.referentiegegevens.traceerId === number);
    return { found, payload: (await get(`${PULL}/${number}/payload`)).toString() };
}

let failed = 0;

function check(what, isRight) {
    failed += isRight ? 0 : 1;
    console.log((isRight ? "ok   " : "NOT  ") + what);
}

/** A message of this kind with other texts in these elements. */
function message(kind, other, file = path.join(MESSAGES, kind, "plain", "message.xml")) {
    let text = readFileSync(file, "utf8");
    for (const [name, value] of Object.entries(other)) {
        text = text.replace(new RegExp(`(:${name}>)[^<]+`), `$1${value}`);
    }
    return text;
}

function routing(code, number, functie, answers) {
    const own = {
        berichtcode: code,
        zender: { organisatie: SENDER, applicatie: "Jeugd Applicatie" },
        ontvanger: { organisatie: RECEIVER, applicatie: "GGk" },
        referentienummer: number,
        tijdstipBericht: "20260301100000",
    };
    if (answers) own.crossRefnummer = answers;
    if (functie) own.functie = functie;
    return own;
}

/** Code of the Fo03 in a fault; undefined for a fault without; null for none. */
async function faultOf(call) {
    try {
        await call;
    } catch (error) {
        const { Fault } = error.root.Envelope.Body;
        return Fault.detail?.Fo03Bericht?.body?.code;
    }
    return null;
}

async function play(name, wsdl, port, older) {
    const own = files("gemeente");
    const httpsAgent = new https.Agent(own);
    const client = await soap.createClientAsync(wsdl, { wsdl_options: { httpsAgent }, disableCache: true }, url + port);
    client.setSecurity(new soap.ClientSSLSecurity(own.key, own.cert, own.ca, {}));

    const parameters = (content) => {
        const encoded = Buffer.from(content).toString("base64");
        return {
            applicatieVersie: "0001",
            applicatieSubversie: "0000",
            functieVersie: "0003",
            functieSubversie: "0002",
            bericht: older ? { attributes: { "xmime:contentType": "application/xml", "xmlns:xmime": "http://www.w3.org/2005/05/xmlmime" }, $value: encoded } : { xmlBestand: encoded },
        };
    };
    const sent = async (operation, content) => (await client[`${operation}Async`](content))[0].stuurgegevens;
    const content = message("JW301", { Identificatie: randomUUID().slice(-12) });
    const number = randomUUID();
    const di01 = (functie = "JW301", own = number) =>
        sent("ggk_Di01", { stuurgegevens: routing("Di01", own, functie), parameters: parameters(content) });

    const first = await di01();
    check(`${name}: Bv03 on a Di01`, first.berichtcode === "Bv03" && first.crossRefnummer === number);
    check(`${name}: zender and ontvanger changed places`, first.zender.organisatie === RECEIVER);
    check(`${name}: the same again has the same answer`, (await di01()).referentienummer === first.referentienummer);
    check(`${name}: the provider fetches it byte for byte under that number`, (await fetched(number)).payload === content);
    check(`${name}: the same number with another functie is StUF016`, (await faultOf(di01("JW319"))) === "StUF016");
    check(`${name}: a functie that nobody knows is StUF034`, (await faultOf(di01("JW399", randomUUID()))) === "StUF034");

    const du01 = (own, answers, content) =>
        sent("ggk_Du01", { stuurgegevens: routing("Du01", own, "JW306", answers), parameters: parameters(content) });
    const [asked, identificatie] = questions.shift();
    const retour = message("JW306", { Identificatie: identificatie, IdentificatieRetour: randomUUID().slice(-12) });
    const answer = randomUUID();
    const answered = await du01(answer, asked, retour);
    check(`${name}: Bv03 on a Du01`, answered.berichtcode === "Bv03" && answered.crossRefnummer === answer);
    const { found, payload } = await fetched(answer);
    check(`${name}: the provider fetches the answer to what it asked`, found.referentiegegevens.alsAntwoordOp === asked && payload === retour);
    const unknown = randomUUID();
    check(`${name}: a Du01 to what is not known is StUF043`, (await faultOf(du01(randomUUID(), unknown, retour))) === "StUF043");

    const fo01 = (own, about) =>
        sent("Fo01", {
            stuurgegevens: routing("Fo01", own, undefined, about),
            body: { code: "StUF055", plek: "client", omschrijving: "Bericht voldoet niet aan het schema" },
        });
    const [refused] = questions.shift();
    const refusal = randomUUID();
    const taken = await fo01(refusal, refused);
    check(`${name}: Bv03 on a Fo01`, taken.berichtcode === "Bv03" && taken.crossRefnummer === refusal);
    const [status] = JSON.parse(await get(`${STATUS}?traceerId=${refused}`));
    check(`${name}: the provider is told that it was refused`, status.berichtstatus === "AfgekeurdDoorDienst");
    check(`${name}: a Fo01 about what is not known is StUF043`, (await faultOf(fo01(randomUUID(), unknown))) === "StUF043");

    // Of the products the municipality says its own code in hours, and its provider the canonical one in minutes.
    const ToewijzingNummer = String((allocations += 1));
    const [start, declared] = [randomUUID().slice(-12), randomUUID().slice(-12)];
    const handed = randomUUID();
    const allocation = message("JW301", { Identificatie: randomUUID().slice(-12), ToewijzingNummer, Code: "45X48" });
    await sent("ggk_Di01", { stuurgegevens: routing("Di01", handed, "JW301"), parameters: parameters(allocation) });
    check(`${name}: own products come over the VSP in canonical ones`, (await fetched(handed)).payload === canonical(allocation));
    const begins = message("JW305", { Identificatie: start, ToewijzingNummer, Code: "45X48" });
    const number305 = randomUUID();
    check(`${name}: canonical ones pushed over the VSP come in own ones`, (await pushed(number305, canonical(begins))) === begins);
    const returned = message("JW306", { Identificatie: start, IdentificatieRetour: randomUUID().slice(-12), ToewijzingNummer, Code: "45X48" }, answerOf("JW306", "product"));
    const back = randomUUID();
    await du01(back, number305, returned);
    check(`${name}: a retour in own products comes back over the VSP in canonical ones`, (await fetched(back)).payload === canonical(returned));
    const hours = { ToewijzingNummer, ProductCode: "45X48", GeleverdVolume: "8", Eenheid: "04", ProductTarief: "5580", Bedrag: "44640" };
    const declaration = message("JW323", { Identificatie: declared, ReferentieNummer: declared, TotaalBedrag: "44640", ...hours });
    check(`${name}: what is declared in canonical ones comes in own ones`, (await crosses(aanbieder, gemeente, canonical(declaration))) === declaration);
    const line = message("JW325", { Identificatie: randomUUID().slice(-12), ReferentieNummer: declared, ...hours }, answerOf("JW325", "line"));
    const settled = line.replace("D260007F", declared);
    check(`${name}: and is given back in canonical ones`, (await crosses(gemeente, aanbieder, settled)) === canonical(settled));
    for (const one of [allocation, begins, returned, declaration, settled]) {
        check(`${name}: the two forms differ`, one !== canonical(one));
    }
}

let allocations = 700000;

/** An answer that gives a line back. */
function answerOf(kind, name) {
    return path.join(MESSAGES, "..", "..", "answers", "ijw", kind, name, "answer.xml");
}

/** What the provider has of what the municipality has. */
function canonical(own) {
    const pairs = [[">45X48<", ">45A48<"], ["Volume>8<", "Volume>480<"], ["Eenheid>04<", "Eenheid>01<"], [">5580<", ">93<"]];
    return pairs.reduce((text, [from, to]) => text.replaceAll(from, to), own);
}

const MODELS = [
    ["ggk0210", "/ggk/OntvangAsynchroon", "ggk0210/ggkberichten/ggk0210_OntvangAsynchroon_ggkberichten.wsdl"],
    ["ggk0310", "/ggk/ggk0310/OntvangAsynchroon", "ggk0310_21/ggkberichten/ggk0310_OntvangAsynchroon.wsdl"],
];

(async () => {
    for (const [model, port, published] of MODELS) {
        const older = model === "ggk0310";
        await play(`${model}, our description`, `${url}${port}?wsdl`, port, older);
        if (PUBLISHED) await play(`${model}, the published description`, path.join(PUBLISHED, published), port, older);
    }
    process.exit(failed ? 1 : 0);
})();
