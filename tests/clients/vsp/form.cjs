// A push as browsers and openapi-generator's TypeScript send it: undici's FormData, whose JSON part has a file name too.
const { readFileSync } = require("node:fs");
const { randomUUID } = require("node:crypto");
const assert = require("node:assert");
const { Agent, FormData, fetch } = require("undici");
const { URL: url, CA, CERT, KEY, MESSAGES } = process.env;

const connect = { ca: readFileSync(CA), cert: readFileSync(CERT), key: readFileSync(KEY) };
const dispatcher = new Agent({ connect });
const api = `${url}/berichtenservice`;
const number = randomUUID();
const metadata = {
    routeringgegevens: {
        afzender: { rol: "Instelling", code: "98980001" },
        geadresseerden: [{ rol: "Gemeente", code: "0289" }],
        berichtstroom: { berichttype: "JW", berichtsubtype: "JW307", berichtversie: 3, berichtsubversie: 2, actie: "StopZorg" },
    },
    referentiegegevens: { conversatieId: number, traceerId: number },
};

(async () => {
    for (let again = 0; again < 2; again += 1) {
        const form = new FormData();
        form.set("berichtMetadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
        form.set("payload", new Blob([readFileSync(`${MESSAGES}/JW307/plain/message.xml`)]), "message.xml");
        const pushed = await fetch(`${api}/berichten/rest-push/v1/berichten`, { method: "POST", body: form, dispatcher });
        assert.strictEqual(pushed.status, 204, await pushed.text());
    }
    const asked = await fetch(`${api}/berichtstatus/rest-pull/v3/berichtstatussen?traceerId=${number}`, { dispatcher });
    const [status] = await asked.json();
    assert.strictEqual(status.berichtstatus, "WordtAangeboden");
})();
