import { wrongWaysContract } from './contract/wrong-ways.ts'

wrongWaysContract()
