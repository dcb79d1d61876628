// SPDX-License-Identifier: Apache-2.0
// npm's jsmodbus against tests/support/bay.yaml: jsmodbus_client.js HOST PORT
'use strict'

const net = require('net')
const modbus = require('jsmodbus')
const { say, expect, expectNear, floatOf, run, LIGHTING_A } = require('./checks.js')

const [host, port] = process.argv.slice(2)
const PULSES_PARTIAL = 0x0452 // Of unit 255, four registers that may be written.

// A client for each unit: the unit belongs to jsmodbus's constructor.
async function connect(unit) {
  const socket = new net.Socket()
  const client = new modbus.client.TCP(socket, unit, 5000)
  await new Promise((resolve, reject) => {
    socket.on('connect', resolve)
    socket.on('error', reject)
    socket.connect({ host, port: Number(port) })
  })
  return { client, end: () => socket.end() }
}

async function bodyOf(unit, ask) {
  const { client, end } = await connect(unit)
  try {
    return (await ask(client)).response.body
  } finally {
    end()
  }
}

async function exceptionOf(unit, ask) {
  try {
    await bodyOf(unit, ask)
    return 'an answer'
  } catch (error) {
    return error.err === 'ModbusException' ? error.response.body.code : error.err
  }
}

async function peer() {
  const words = await bodyOf(1, client => client.readHoldingRegisters(1015, 3))
  expect('jsmodbus: FC03 reads three currents of unit 1', words.valuesAsArray,
    Array(3).fill(Math.round(LIGHTING_A)))
  const dataset = await bodyOf(1, client => client.readHoldingRegisters(32027, 2))
  expectNear('jsmodbus: FC03 reads a float of unit 1', floatOf(dataset.valuesAsArray), LIGHTING_A)
  const input = await bodyOf(1, client => client.readInputRegisters(1015, 1))
  expect('jsmodbus: FC04 reads unit 1', input.valuesAsArray, [Math.round(LIGHTING_A)])

  const written = await bodyOf(255, client => client.writeMultipleRegisters(PULSES_PARTIAL,
    [0, 0, 0, 4711]))
  expect('jsmodbus: FC16 writes four registers of unit 255', written.quantity, 4)
  const back = await bodyOf(255, client => client.readHoldingRegisters(PULSES_PARTIAL, 4))
  expect('jsmodbus: and they keep it', back.valuesAsArray, [0, 0, 0, 4711])

  const identity = await bodyOf(1, client => client.readDeviceIdentification(1, 0))
  expect('jsmodbus: FC43/14 tells vendor and product of unit 1',
    identity.objects.slice(0, 2).map(object => object.value.toString()),
    ['Schneider Electric', 'NSX250-5E'])
  say('jsmodbus: FC43/14 tells the firmware of unit 1', identity.objects.length === 3 &&
    /^[0-9.]+$/.test(identity.objects[2].value.toString()), JSON.stringify(identity.objects))

  const read = client => client.readHoldingRegisters(1015, 1)
  expect('jsmodbus: a register nobody has: exception 02',
    await exceptionOf(1, client => client.readHoldingRegisters(60000, 1)), 2)
  expect('jsmodbus: a coil of a breaker: exception 01',
    await exceptionOf(1, client => client.readCoils(0, 1)), 1)
  expect('jsmodbus: unit 4 is silent: exception 0B', await exceptionOf(4, read), 11)
  expect('jsmodbus: unit 77 is not in the table: exception 0A', await exceptionOf(77, read), 10)
}

run('jsmodbus', peer)
