// SPDX-License-Identifier: Apache-2.0
// Checks as lines, `ok - WHAT` or `not ok - WHAT: WHY` (tests/support/serve.sh).
'use strict'

let failed = 0

function say(what, good, why) {
  failed += good ? 0 : 1
  console.log(good ? `ok - ${what}` : `not ok - ${what}: ${why}`)
}

function expect(what, got, wanted) {
  const [left, right] = [JSON.stringify(got), JSON.stringify(wanted)]
  say(what, left === right, `got ${left}, wanted ${right}`)
}

// Within a hundredth.
function expectNear(what, got, wanted) {
  say(what, Math.abs(got - wanted) <= 0.01 * wanted, `got ${got}, wanted about ${wanted}`)
}

// Two registers, the high word first.
function floatOf(words) {
  const bytes = Buffer.alloc(4)
  words.forEach((word, i) => bytes.writeUInt16BE(word, 2 * i))
  return bytes.readFloatBE(0)
}

// What happens at unit 1: 40 kW at 400 V with a power factor of 0.95.
const LIGHTING_A = 40000 / (Math.sqrt(3) * 400 * 0.95)

// Runs `peer` and leaves with the exit code.
async function run(name, peer) {
  try {
    await peer()
  } catch (error) {
    say(`${name} goes through`, false, error.stack || JSON.stringify(error))
  }
  process.exit(failed > 0 ? 1 : 0)
}

module.exports = { say, expect, expectNear, floatOf, run, LIGHTING_A }
