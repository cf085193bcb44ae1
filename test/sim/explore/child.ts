import { runTwice } from './run-twice.ts'

// One seed after the other, as the parent names them; ends when the parent does.
process.on('message', (seed: number) => {
  void runTwice(seed).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit())
