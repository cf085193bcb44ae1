import type { CallCommand } from '@twinreel/contracts/call-commands'
import type { TrueEvent } from '@twinreel/oracle/truth-files'

/** A call's events with the kind of each prompt that was answered: the answer names the prompt by its id alone. */
export function withPromptKinds(events: readonly TrueEvent[], commands: readonly CallCommand[]): TrueEvent[] {
  const kinds = new Map(commands.flatMap((command) => (command.type === 'prompt.play' ? [[command.data.promptId, command.data.prompt] as const] : [])))
  return events.map((event) => {
    const prompt = 'promptId' in event.data ? kinds.get(String(event.data.promptId)) : undefined
    return prompt === undefined ? event : { ...event, data: { ...event.data, prompt } }
  })
}
