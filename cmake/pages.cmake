# Let PROGRAM write its manual pages and completions into the folder PAGES.
function(write file)
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${PAGES})
file(MAKE_DIRECTORY ${PAGES}/man1)
execute_process(COMMAND ${PROGRAM} manual -o ${PAGES}/man1 COMMAND_ERROR_IS_FATAL ANY)
file(GLOB pages ${PAGES}/man1/*.1)
execute_process(COMMAND gzip -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)
foreach(shell bash zsh fish)
  write(${PAGES}/ionatlas.${shell} completion ${shell})
endforeach()
file(TOUCH ${PAGES}/done)
