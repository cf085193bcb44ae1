import { configDefaults, defineConfig } from 'vitest/config'

// Property tests and whole-service tests share two cores with each other: a test that is slow there is not wrong.
export default defineConfig({
  test: {
    // Mutation testing works on a copy there.
    exclude: [...configDefaults.exclude, '.cache/**'],
    // Real servers, where a test that runs looks for one.
    globalSetup: ['test/support/servers.ts'],
    // The longest tests mostly wait for calls in real time: a core left free would be left idle.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
