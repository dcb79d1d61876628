// SPDX-License-Identifier: Apache-2.0
// npm's modbus-serial against tests/support/bay.yaml: modbus_serial_client.js HOST PORT
'use strict'

const ModbusRTU = require('modbus-serial')
const { say, expect, expectNear, floatOf, run, LIGHTING_A } = require('./checks.js')

const [host, port] = process.argv.slice(2)
const PULSES_PARTIAL = 0x0456 // Of unit 255, four registers that may be written.

async function exceptionOf(ask) {
  try {
    await ask()
    return 'an answer'
  } catch (error) {
    return error.modbusCode === undefined ? error.message : error.modbusCode
  }
}

async function peer() {
  const client = new ModbusRTU()
  client.setTimeout(5000)
  await client.connectTCP(host, { port: Number(port) })

  client.setID(1)
  expect('modbus-serial: FC03 reads three currents of unit 1',
    (await client.readHoldingRegisters(1015, 3)).data, Array(3).fill(Math.round(LIGHTING_A)))
  expectNear('modbus-serial: FC03 reads a float of unit 1',
    floatOf((await client.readHoldingRegisters(32027, 2)).data), LIGHTING_A)
  expect('modbus-serial: FC04 reads unit 1', (await client.readInputRegisters(1015, 1)).data,
    [Math.round(LIGHTING_A)])
  const identity = (await client.readDeviceIdentification(1, 0)).data
  expect('modbus-serial: FC43/14 tells vendor and product of unit 1', [identity[0], identity[1]],
    ['Schneider Electric', 'NSX250-5E'])
  say('modbus-serial: FC43/14 tells the firmware of unit 1', /^[0-9.]+$/.test(identity[2]),
    JSON.stringify(identity))
  expect('modbus-serial: a register nobody has: exception 02',
    await exceptionOf(() => client.readHoldingRegisters(60000, 1)), 2)
  expect('modbus-serial: a coil of a breaker: exception 01',
    await exceptionOf(() => client.readCoils(0, 1)), 1)

  client.setID(255)
  await client.writeRegisters(PULSES_PARTIAL, [0, 0, 1, 2])
  expect('modbus-serial: FC16 writes four registers of unit 255, which keep it',
    (await client.readHoldingRegisters(PULSES_PARTIAL, 4)).data, [0, 0, 1, 2])
  expect('modbus-serial: FC16 on what only reads: exception 02',
    await exceptionOf(() => client.writeRegisters(0x0064, [1, 2])), 2)

  client.setID(4)
  expect('modbus-serial: unit 4 is silent: exception 0B',
    await exceptionOf(() => client.readHoldingRegisters(1015, 1)), 11)
  client.setID(77)
  expect('modbus-serial: unit 77 is not in the table: exception 0A',
    await exceptionOf(() => client.readHoldingRegisters(1015, 1)), 10)
  client.close(() => {})
}

run('modbus-serial', peer)
