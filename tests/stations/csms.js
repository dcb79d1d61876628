// SPDX-License-Identifier: Apache-2.0
// A central system nobody here wrote (npm's ocpp-rpc, strict on OCPP 1.6) behind four doors, each
// with one security profile or one fault, for the stations of a served site:
//   basic    TLS 1.2, HTTP Basic authentication
//   mutual   TLS 1.2, a client certificate of the site's authority whose name is the identity
//   renamed  as basic, but its certificate names somebody else
//   old      TLS 1.1 at most
// usage: node csms.js FOLDER RECORD: keys and certificates are in FOLDER; what is seen goes to the
// file RECORD, a JSON object a line; "ready" and the four ports are printed when all listen.
'use strict';
const fs = require('fs');
const https = require('https');
const path = require('path');
const {RPCServer, createRPCError} = require('ocpp-rpc');

const [folder, record] = process.argv.slice(2);
const log = fs.createWriteStream(record, {flags: 'a'});
const note = (what, more) => log.write(JSON.stringify({what, at_ms: Date.now(), ...more}) + '\n');
const file = (name) => fs.readFileSync(path.join(folder, name));

// The password of a fleet's line in the site file: digits that end with the member's number.
function rightPassword(identity, password) {
    return password && password.toString('latin1') ===
        '00112233445566778899aabbccddeeff' + identity.split('-')[1];
}

// Why a station may not come in, or nothing.
function refusal(door, handshake) {
    if (door === 'mutual') {
        const shown = handshake.request.client.getPeerCertificate();
        return shown.subject && shown.subject.CN === handshake.identity ? undefined : 'name';
    }
    return rightPassword(handshake.identity, handshake.password) ? undefined : 'password';
}

const transactions = new Map(); // By what was sent: a repeat gets the answer of the first time.

function startTransaction(identity, params) {
    const key = identity + JSON.stringify(params);
    const repeated = transactions.has(key);
    if (!repeated)
        transactions.set(key, transactions.size + 1);
    note('start', {identity, id: transactions.get(key), repeated, ...params});
    return {transactionId: transactions.get(key), idTagInfo: {status: 'Accepted'}};
}

function greet(door, client) {
    const identity = client.identity;
    const now = () => new Date().toISOString();
    const handlers = {
        BootNotification: () => ({status: 'Accepted', interval: 60, currentTime: now()}),
        Heartbeat: () => ({currentTime: now()}),
        StatusNotification: () => ({}),
        MeterValues: () => ({}),
        Authorize: () => ({idTagInfo: {status: 'Accepted'}}),
        DataTransfer: () => ({status: 'UnknownVendorId'}),
    };

    note('connected', {door, identity, protocol: client.protocol});
    for (const [action, answer] of Object.entries(handlers))
        client.handle(action, ({params}) => {
            note(action, {identity, params});
            return answer();
        });
    client.handle('StartTransaction', ({params}) => startTransaction(identity, params));
    client.handle('StopTransaction', ({params}) => {
        note('stop', {identity, ...params});
        return {idTagInfo: {status: 'Accepted'}};
    });
    client.handle(({method}) => {
        note('violation', {identity, text: 'nobody asked for ' + method});
        throw createRPCError('NotImplemented');
    });
    client.on('strictValidationFailure', ({error}) =>
        note('violation', {identity, text: String(error && error.message)}));
    client.on('badMessage', ({error}) =>
        note('violation', {identity, text: 'bad message: ' + String(error)}));
    client.on('close', ({code}) => note('closed', {identity, code}));
    // A command back, so that both directions are judged.
    setTimeout(() => client.call('TriggerMessage', {requestedMessage: 'Heartbeat'})
        .then((answer) => note('triggered', {identity, ...answer}))
        .catch((error) => note('untriggered', {identity, text: String(error.message)})), 500);
}

function open(door, options) {
    const rpc = new RPCServer({protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 0});
    const server = https.createServer({minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ...options});

    server.on('upgrade', rpc.handleUpgrade);
    server.on('tlsClientError', (error) => note('handshake', {door, text: String(error.code)}));
    rpc.auth((accept, reject, handshake) => {
        const why = refusal(door, handshake);
        if (!why)
            return accept();
        note('refused', {door, identity: handshake.identity, why});
        return reject(401, 'no');
    });
    rpc.on('client', (client) => greet(door, client));
    return new Promise((resolve) =>
        server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function main() {
    const own = {key: file('csms.key'), cert: file('csms.pem')};
    const ports = [
        await open('basic', own),
        await open('mutual', {...own, ca: file('ca.pem'), requestCert: true,
                              rejectUnauthorized: true}),
        await open('renamed', {key: file('other.key'), cert: file('other.pem')}),
        await open('old', {...own, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1',
                           ciphers: 'DEFAULT@SECLEVEL=0'}),
    ];
    console.log('ready', ...ports);
}

process.on('SIGTERM', () => log.end(() => process.exit(0)));
main();
