// SPDX-License-Identifier: Apache-2.0
// A central system nobody here wrote (npm's ocpp-rpc, strict on OCPP 1.6), that counts. Where it
// listens is its first line; each SIGUSR2 is answered by one line of JSON: stations that stand and
// have told a status, messages both ways, violations, and when the first came and the last became
// whole. With an interval each station is told to sample its meter that often and to ping no more.
// usage: node csms.js [-i SECONDS] [FOLDER]: with a folder TLS, by csms.key and csms.pem in it.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');
const {RPCServer} = require('ocpp-rpc');

const options = process.argv.slice(2);
const sampled_s = options[0] === '-i' ? Number(options.splice(0, 2)[1]) : 0;
const folder = options[0];
const seen = {connected: 0, whole: 0, messages: 0, violations: 0, first_ms: 0, last_ms: 0};
const now = () => new Date().toISOString();
let transactions = 0;

const answers = {
    BootNotification: () => ({status: 'Accepted', interval: 3600, currentTime: now()}),
    Heartbeat: () => ({currentTime: now()}),
    StatusNotification: () => ({}),
    MeterValues: () => ({}),
    Authorize: () => ({idTagInfo: {status: 'Accepted'}}),
    StartTransaction: () => ({transactionId: ++transactions, idTagInfo: {status: 'Accepted'}}),
    StopTransaction: () => ({}),
};

// The last of its connectors tells its status when it has told this many.
const STATUSES = 3;

async function configure(client) {
    for (const [key, value] of [['WebSocketPingInterval', '0'],
                                ['MeterValueSampleInterval', String(sampled_s)]])
        await client.call('ChangeConfiguration', {key, value});
    seen.messages += 2;
}

function greet(client) {
    let statuses = 0;

    seen.first_ms = seen.first_ms || performance.now();
    seen.connected++;
    for (const [action, answer] of Object.entries(answers))
        client.handle(action, () => {
            seen.messages++;
            if (action === 'StatusNotification' && ++statuses === STATUSES) {
                seen.whole++;
                seen.last_ms = performance.now();
                if (sampled_s)
                    configure(client).catch(() => seen.violations++);
            }
            return answer();
        });
    client.on('strictValidationFailure', () => seen.violations++);
    client.on('badMessage', () => seen.violations++);
}

const rpc = new RPCServer({protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 0});
const file = (name) => fs.readFileSync(path.join(folder, name));
const server = folder
    ? https.createServer({key: file('csms.key'), cert: file('csms.pem'), minVersion: 'TLSv1.2',
                          maxVersion: 'TLSv1.2'})
    : http.createServer();

rpc.auth((accept) => accept());
rpc.on('client', greet);
server.on('upgrade', rpc.handleUpgrade);
server.listen({port: 0, host: '127.0.0.1', backlog: 511},
              () => console.log('ready', server.address().port));
process.on('SIGUSR2', () => console.log(JSON.stringify(seen)));
process.on('SIGTERM', () => process.exit(0));
