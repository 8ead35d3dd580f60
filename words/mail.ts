export { mail as mailWords, mailExamples } from './en/mail.ts'
