// SPDX-License-Identifier: Apache-2.0
// A charging station nobody here wrote (npm's ocpp-rpc, strict on OCPP 1.6) calls a served central
// system: each security profile as it should be and as it should not. Prints checks.
// usage: node station.js FOLDER HOST PLAIN TLS MUTUAL: keys in FOLDER, three ports.
'use strict';
const fs = require('fs');
const path = require('path');
const {RPCClient} = require('ocpp-rpc');

const [folder, host, plain, tls, mutual] = process.argv.slice(2);
const file = (name) => fs.readFileSync(path.join(folder, name));
const password = (index) => `00112233445566778899aabbccddeeff${index}`;
const trust = {ca: file('ca.pem'), servername: 'csms.test'};
const violations = [];
let failed = 0;

function check(what, good, why) {
    failed += good ? 0 : 1;
    console.log(good ? `ok - ${what}` : `not ok - ${what}: ${why}`);
}

function station(identity, options) {
    const client = new RPCClient({identity, protocols: ['ocpp1.6'], strictMode: true,
                                  reconnect: false, ...options});
    client.on('strictValidationFailure', ({error}) => violations.push(String(error.message)));
    return client;
}

// What happens to one that asks to come in: undefined, or what it was told.
async function refusal(identity, options) {
    const client = station(identity, options);
    try {
        await client.connect();
        await client.close();
        return undefined;
    } catch (error) {
        return `${error.code || ''} ${error.message}`;
    }
}

async function refused(what, expected, identity, options) {
    const said = await refusal(identity, options);
    check(what, said !== undefined && expected.test(said), `it was told: ${said}`);
}

async function charge(client) {
    const at = () => new Date().toISOString();
    const boot = await client.call('BootNotification',
                                   {chargePointVendor: 'Peer', chargePointModel: 'One'});
    await client.call('StatusNotification',
                      {connectorId: 1, errorCode: 'NoError', status: 'Preparing'});
    const start = await client.call('StartTransaction', {connectorId: 1, idTag: 'TAG1',
                                                         meterStart: 0, timestamp: at()});
    await client.call('MeterValues', {
        connectorId: 1, transactionId: start.transactionId,
        meterValue: [{timestamp: at(), sampledValue: [{value: '120', unit: 'Wh'}]}],
    });
    const stop = await client.call('StopTransaction', {transactionId: start.transactionId,
                                                       meterStop: 240, timestamp: at()});
    return {boot, start, stop};
}

async function whole(what, identity, options) {
    const client = station(identity, options);
    try {
        await client.connect();
        const {boot, start, stop} = await charge(client);
        check(`${what}: it is accepted`, boot.status === 'Accepted', JSON.stringify(boot));
        check(`${what}: the subprotocol is agreed`, client.protocol === 'ocpp1.6', client.protocol);
        check(`${what}: a transaction begins and ends`,
              start.transactionId > 0 && start.idTagInfo.status === 'Accepted' &&
                  stop.idTagInfo !== null, JSON.stringify([start, stop]));
    } catch (error) {
        check(`${what}: it comes in`, false, `${error.code || ''} ${error.message}`);
    }
    await client.close().catch(() => {});
}

// A strict client would not even send it.
async function unknownAction(options) {
    const client = station('S0-1', {...options, strictMode: false});
    await client.connect();
    const said = await client.call('NoSuchAction', {}).then(() => 'an answer',
                                                          (error) => error.rpcErrorCode);
    check('an unknown action is refused', said === 'NotImplemented', said);
    const boot = await client.call('BootNotification',
                                   {chargePointVendor: 'Peer', chargePointModel: 'One'});
    check('and the connection goes on', boot.status === 'Accepted', JSON.stringify(boot));
    await client.close();
}

async function main() {
    const at = (scheme, port) => ({endpoint: `${scheme}://${host}:${port}/ocpp`});
    const certificate = {cert: file('station.pem'), key: file('station.key')};

    await whole('profile 0', 'S0-1', at('ws', plain));
    await whole('profile 1', 'S1-1', {...at('ws', plain), password: password(1)});
    await whole('profile 2', 'S2-1', {...at('wss', tls), password: password(1), wsOpts: trust});
    await whole('profile 3', 'S3-1', {...at('wss', mutual), wsOpts: {...trust, ...certificate}});
    await unknownAction(at('ws', plain));
    await refused('a wrong password: 401', /401/, 'S2-2',
                  {...at('wss', tls), password: password(3), wsOpts: trust});
    await refused('no password: 401', /401/, 'S2-2', {...at('wss', tls), wsOpts: trust});
    await refused('nobody of that name', /40[14]/, 'S9-1',
                  {...at('wss', tls), password: password(1), wsOpts: trust});
    await refused('a password where a certificate is due', /./, 'S3-1',
                  {...at('wss', mutual), password: password(1), wsOpts: trust});
    await refused('a certificate with another name', /40[134]/, 'S3-2',
                  {...at('wss', mutual), wsOpts: {...trust, ...certificate}});
    await refused('TLS 1.1', /VERSION|PROTOCOL|EPROTO|socket hang up|ECONNRESET/i, 'S2-1',
                  {...at('wss', tls), password: password(1),
                   wsOpts: {...trust, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1',
                            ciphers: 'DEFAULT@SECLEVEL=0'}});
    check('no answer of the central system broke the schema', violations.length === 0,
          violations.join('; '));
    process.exit(failed ? 1 : 0);
}

main();
