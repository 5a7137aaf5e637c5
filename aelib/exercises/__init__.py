"""Check your own work: quiz questions, and a ``check_…`` function for each exercise of the lessons.

A check runs your function on small inputs and answers in a sentence: solved, not solved yet, or what went wrong, with
a hint on the first miss and a better one from the second miss on.
"""

from aelib.exercises.feedback import Feedback
from aelib.exercises.lesson_01 import (
    check_most_improved_class,
    check_numbers_needed,
    check_one_row_per_image,
    check_psnr_by_hand,
)
from aelib.exercises.lesson_02 import (
    check_count_parameters,
    check_prepare,
    check_relu_backward,
    check_units_in_use,
)
from aelib.exercises.lesson_03 import (
    check_my_change,
    check_psnr_from_sum_per_image,
    check_stopping_epoch,
    check_training_step,
)
from aelib.exercises.lesson_04 import (
    check_cost_in_bytes,
    check_images_until_smaller,
    check_my_codec,
    check_to_symbols,
)
from aelib.exercises.lesson_05 import (
    check_bits_per_pixel,
    check_codes_in_range,
    check_draw_code,
    check_my_sampler,
)
from aelib.exercises.lesson_06 import (
    check_back_projection,
    check_energy,
    check_keep_what_is_known,
    check_my_repair,
)
from aelib.exercises.lesson_07 import (
    check_blind_spot,
    check_my_loss,
    check_sizes,
    check_two_distances,
    check_undo_shift,
)
from aelib.exercises.lesson_08 import (
    check_by_vote,
    check_my_colourfulness,
    check_my_painter,
    check_three_guesses,
    check_under_dots,
)
from aelib.exercises.lesson_09 import (
    check_cheat,
    check_next_unit,
    check_scaled,
    check_three_terms,
    check_whole_numbers,
)
from aelib.exercises.lesson_10 import (
    check_alarm_line,
    check_auroc,
    check_shirts,
    check_swapped,
    check_zero_diagonal,
)
from aelib.exercises.lesson_11 import (
    check_accumulate,
    check_loss_weights,
    check_my_loop,
    check_my_share,
    check_read_profile,
    usual_loop,
)
from aelib.exercises.progress import progress
from aelib.exercises.quiz import quiz
