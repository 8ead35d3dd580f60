import { expect, it } from 'vitest'
import { nameWords } from './name-words.ts'

const wordsOf = (displayName: string) => nameWords({ username: 'u', displayName, email: null })

it('are the user name, the name and the address, whole and in parts', () => {
  const person = { username: 'MvdBerg', displayName: 'Mei-Ling van der Berg', email: 'M.Berg@Example.org' }
  expect(nameWords(person).sort()).toEqual(
    ['berg', 'der', 'ling', 'm', 'm.berg@example.org', 'mei', 'mei-ling', 'mvdberg', 'van'].sort(),
  )
})

it('are there with their accents and without', () => {
  expect(wordsOf('Zoë Müller')).toEqual(expect.arrayContaining(['zoë', 'zoe', 'müller', 'muller']))
  expect(wordsOf('Łukasz O’Brien')).toEqual(expect.arrayContaining(['łukasz', 'lukasz', 'o’brien', 'brien']))
  expect(wordsOf('Ayşe Yıldız')).toEqual(expect.arrayContaining(['ayse', 'yildiz']))
})

it('keep the vowels of scripts in which they are marks', () => {
  expect(wordsOf('प्रिया किम')).toEqual(['u', 'प्रिया', 'किम'])
  expect(wordsOf('김민준')).toEqual(['u', '김민준'])
})
