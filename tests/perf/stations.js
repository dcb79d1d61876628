// SPDX-License-Identifier: Apache-2.0
// Bare stations of npm's ocpp-rpc, without any model behind them: each connects, boots and tells
// the status of three connectors (0 to 2, as our station with two does), and stays.
// usage: node stations.js COUNT URL [FOLDER]: with a folder TLS, trusting ca.pem in it.
'use strict';
const fs = require('fs');
const path = require('path');
const {RPCClient} = require('ocpp-rpc');

const [count, endpoint, folder] = process.argv.slice(2);
const secure = (index) => folder && {
    password: `00112233445566778899aabbccddeeff${index}`,
    wsOpts: {ca: fs.readFileSync(path.join(folder, 'ca.pem')), servername: 'csms.test',
             maxVersion: 'TLSv1.2'},
};
const kept = [];

async function station(index) {
    const client = new RPCClient({endpoint, identity: `S${folder ? 2 : 0}-${index}`,
                                  protocols: ['ocpp1.6'], strictMode: true, reconnect: false,
                                  pingIntervalMs: 0, ...secure(index)});

    kept.push(client);
    await client.connect();
    await client.call('BootNotification', {chargePointVendor: 'Peer', chargePointModel: 'One'});
    for (const connectorId of [0, 1, 2])
        await client.call('StatusNotification',
                          {connectorId, errorCode: 'NoError', status: 'Available'});
}

async function main() {
    const indices = Array.from({length: Number(count)}, (_, i) => i + 1);
    const next = indices.values();
    const worker = async () => {
        for (const index of next)
            await station(index);
    };

    // As many at a time as keep it busy; all at once would only fill its memory.
    await Promise.all(Array.from({length: 64}, worker));
}

process.on('SIGTERM', () => process.exit(0));
main().catch((error) => {
    console.error(String(error));
    process.exit(1);
});
