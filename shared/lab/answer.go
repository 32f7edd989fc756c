package lab

import (
	"fmt"
	"slices"
	"strings"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
)

// tries is how many wrong answers there may be before something else is asked:
// whoever goes through the words one by one has not looked.
const tries = 3

// answer is lab check with a word: the learner says what they have found.
func (d *desk) answer(l Lab, word string) (int, error) {
	if l.Answer == nil {
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "lab check %s %s: it takes no answer", ZH: "lab check %s %s：这个练习不用回答"}, l.ID, word),
			lang.Same("lab check "+l.ID))
	}
	word = strings.ToLower(word)
	if !slices.Contains(l.Words, word) {
		return 0, lesson.OneOf("lab check "+l.ID, word, l.Words...)
	}
	r := d.seat.of(l.ID)
	r.Answer = word
	status, err := d.check(l)
	if err != nil || status != notYet || r.Hint == l.Check(r.Ticket).Hint { // not for the answer
		return status, err
	}
	if r.Wrong++; r.Wrong == tries {
		r.Ticket, r.Answer, r.Wrong = ticket(), "", 0
		d.Note(lang.Text{
			EN: fmt.Sprintf("That was the third. Another is drawn: its number is %d.", r.Ticket),
			ZH: fmt.Sprintf("三次都没答对。另抽一个，号码是 %d。", r.Ticket),
		})
	}
	return status, d.seat.save()
}
