" Scenarios of scn, for Vim and Neovim.
" The lists of words are held against the grammar by a test.
if exists('b:current_syntax')
  finish
endif

syntax match scnCommand /\%(^\s*\|\s\%(then\|else\)\s\+\)\@<=[[:alnum:]_][[:alnum:]_.-]*/
syntax match scnLabel /^\s*\k\+:\ze\s*\%($\|#\)/
syntax match scnNewName /\%(\<\%(set\|background\|mark\)\s\+\)\@<=\k\+/
syntax match scnTarget /\%(\<goto\s\+\)\@<=\k\+/
syntax match scnStep /\%(^\s*step\s\+\)\@<=[[:alnum:]_.-]\+/
syntax match scnComment /\%(^\|\s\)\@<=#[^{].*$/ contains=@Spell
syntax match scnComment /\%(^\|\s\)\@<=#$/
syntax match scnNumber /\%(\s\|[([=,]\)\@<=\d\+\%(\.\d\+\)\?\%(\a\+\d*\)*%\?/
syntax match scnHeader /^\s*@\%(title\|tags\|covers\|known\|timeout\|param\|needs\|each\|on\|language\)\>/
syntax match scnStatement /\%(^\s*\|\s\%(then\|else\)\s\+\)\@<=\%(set\|if\|else\|end\|while\|for\|repeat\|break\|continue\|goto\|step\|return\|use\|case\|do\|parallel\|background\|await\|cancel\|wait\|hold\|always\|never\|eventually\|defer\|mark\|require\|assert\|check\|pass\|fail\|skip\|error\|exit\|finally\|call\)\%(\s\|$\)\@=/
syntax match scnModifier /\%(^\s*\|\s\)\@<=\%(on\|timeout\|input\|retry\|not\|soft\|try\|must\)\%(\s\)\@=/
syntax match scnClause /\s\@<=\%(then\|else\|within\|every\|for\|since\|as\|until\|event\|from\|and\|or\|not\|in\|contains\|matches\|where\)\%(\s\|$\)\@=/
syntax region scnText start=/'/ end=/'/ oneline
syntax region scnText start=/‘/ end=/’/ oneline
syntax region scnText start=/"/ skip=/\\./ end=/"/ oneline contains=scnInterpolation
syntax region scnText start=/“/ skip=/\\./ end=/”/ oneline contains=scnInterpolation
syntax region scnText start=/"""/ end=/"""/ contains=scnInterpolation
syntax region scnInterpolation matchgroup=scnBrace start=/#{/ end=/}/ oneline contains=scnText,scnConstant,scnFunction
syntax match scnFunction /\<\k\+\ze(/
syntax match scnConstant /\<\%(true\|false\|none\|it\)\>/

highlight default link scnCommand Function
highlight default link scnLabel Label
highlight default link scnTarget Label
highlight default link scnNewName Identifier
highlight default link scnStep Function
highlight default link scnComment Comment
highlight default link scnNumber Number
highlight default link scnHeader PreProc
highlight default link scnStatement Statement
highlight default link scnModifier StorageClass
highlight default link scnClause Operator
highlight default link scnText String
highlight default link scnBrace Special
highlight default link scnInterpolation Identifier
highlight default link scnFunction Function
highlight default link scnConstant Constant

let b:current_syntax = 'scn'
