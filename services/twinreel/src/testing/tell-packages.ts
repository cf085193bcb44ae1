import { registerHooks } from 'node:module'

// Preloaded: on its way out the process says which packages it has loaded modules of.
const loaded = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
    if (name !== undefined) loaded.add(name)
    return nextLoad(url, context)
  },
})
process.on('exit', () => console.error(JSON.stringify([...loaded])))
